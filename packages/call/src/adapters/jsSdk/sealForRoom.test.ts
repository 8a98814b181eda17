import { CALL_EVENTS, type RoomId } from "@conclave/matrix-rtc";
import type { MatrixClient, MatrixEvent } from "matrix-js-sdk";
import { describe, expect, test } from "vitest";

import { sealForRoom } from "./sealForRoom.ts";

const ROOM = "!room:hs" as RoomId;
const MESSAGE = { roomId: ROOM, type: CALL_EVENTS.reaction, content: { emoji: "🎉" } };
const SEALED = { type: "m.room.encrypted", content: { ciphertext: "c" } };

/** A client in one room. */
function clientOf(isEncrypted: boolean, crypto?: object): MatrixClient {
  return {
    getRoom: (roomId: string) => (roomId === ROOM ? { hasEncryptionStateEvent: () => isEncrypted } : null),
    getCrypto: () => crypto,
    getSafeUserId: () => "@alice:hs",
  } as unknown as MatrixClient;
}

const working = {
  encryptEvent: (event: MatrixEvent) => Promise.resolve(event.makeEncrypted(SEALED.type, SEALED.content, "", "")),
};

describe("a message", () => {
  test("is encrypted in an encrypted room", async () => {
    expect(await sealForRoom(clientOf(true, working), 0, MESSAGE)).toEqual(SEALED);
  });

  test("is encrypted if only the crypto knows that the room is", async () => {
    const crypto = { ...working, isEncryptionEnabledInRoom: () => Promise.resolve(true) };

    expect(await sealForRoom(clientOf(false, crypto), 0, MESSAGE)).toEqual(SEALED);
  });

  test("stays in clear in a room without encryption, and if it is an annotation", async () => {
    const { type, content } = MESSAGE;
    const annotation = { type: CALL_EVENTS.annotation, content };

    expect(await sealForRoom(clientOf(false), 0, MESSAGE)).toEqual({ type, content });
    expect(await sealForRoom(clientOf(true, working), 0, { ...annotation, roomId: ROOM })).toEqual(annotation);
  });

  test("is never in clear where nobody can tell, or where the client cannot encrypt", async () => {
    const elsewhere = { ...MESSAGE, roomId: "!other:hs" as RoomId };

    await expect(sealForRoom(clientOf(false), 0, elsewhere)).rejects.toMatchObject({ code: "not_found" });
    await expect(sealForRoom(clientOf(true), 0, MESSAGE)).rejects.toMatchObject({ code: "unsupported" });
    await expect(sealForRoom(clientOf(true, {}), 0, MESSAGE)).rejects.toMatchObject({ code: "unsupported" });
  });

  test("fails with a code if it cannot be encrypted", async () => {
    const broken = { encryptEvent: () => Promise.reject(new Error("machine closed")) };

    await expect(sealForRoom(clientOf(true, broken), 0, MESSAGE)).rejects.toMatchObject({ code: "unsupported" });
  });
});
