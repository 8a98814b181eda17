import { Scope, Secret, signal, silentLogger, toHex, utf8, type WritableSignal } from "@conclave/kit";
import { settlePromises } from "@conclave/kit/testing";
import type { DeviceId, EventId, RtcMember, UserId } from "@conclave/matrix-rtc";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { encryptMedia, type MediaEncryption } from "./mediaEncryption.ts";
import { FakeFrameCrypto, FakeRtpEnd } from "./testing/index.ts";

const BOB = "@bob:hs.example:BOBDEV";
const bob: RtcMember = {
  userId: "@bob:hs.example" as UserId,
  deviceId: "BOBDEV" as DeviceId,
  memberId: BOB,
  joinedAtMs: 1,
  eventId: "$bob" as EventId,
  sfuIdentities: [BOB, "hash3", "hash2"],
  transport: undefined,
  intent: undefined,
  displayName: "bob",
};

let scope: Scope;
let host: FakeFrameCrypto;
let members: WritableSignal<readonly RtcMember[]>;
let encryption: MediaEncryption;
let marks: string[];
beforeEach(() => {
  scope = new Scope();
  host = new FakeFrameCrypto("required");
  members = signal<readonly RtcMember[]>([]);
  marks = [];
  const timings = { mark: (name: string) => void marks.push(name) };
  encryption = encryptMedia({ host, members, timings, logger: silentLogger }, scope);
});
afterEach(() => scope.end());

function key(fill: number, index = 0): { readonly index: number; readonly bytes: Uint8Array<ArrayBuffer> } {
  return { index, bytes: new Uint8Array(16).fill(fill) };
}

/** A receiver that the SFU has brought up for the identity. */
function receiverOf(identity: string): FakeRtpEnd {
  const end = new FakeRtpEnd();
  const announced = { identity, source: "camera", codec: "vp8" } as const;
  encryption.guard.protectReceiver(end as unknown as RTCRtpReceiver, announced);
  return end;
}

function isReadable(end: FakeRtpEnd, fill: number, index = 0): boolean {
  const hex = fill.toString(16).padStart(2, "0").repeat(16);
  return end.transformFrame({ payload: "frame", key: { index, hex } }) !== undefined;
}

describe("keys and tracks meet in whatever order they come", () => {
  it.each([
    ["member, key, track", ["member", "key", "track"]],
    ["member, track, key", ["member", "track", "key"]],
    ["track, member, key", ["track", "member", "key"]],
    ["track, key, member", ["track", "key", "member"]],
    ["key, track, member", ["key", "track", "member"]],
  ])("%s", async (_name, order) => {
    let end: FakeRtpEnd | undefined;
    for (const what of order) {
      if (what === "member") members.set([bob]);
      if (what === "key") encryption.sink.setReceiverKey(BOB, key(7));
      if (what === "track") end = receiverOf(BOB);
      await settlePromises();
    }

    expect(end && isReadable(end, 7)).toBe(true);
  });

  it.each(["hash3", "hash2"])("also under the identity %s", async (identity) => {
    members.set([bob]);
    const end = receiverOf(identity);

    encryption.sink.setReceiverKey(BOB, key(7));

    expect(isReadable(end, 7)).toBe(true);
  });

  it("and a track of nobody gets no key", async () => {
    members.set([bob]);
    encryption.sink.setReceiverKey(BOB, key(7));

    expect(isReadable(receiverOf("@mallory:hs.example:X"), 7)).toBe(false);
    expect(isReadable(receiverOf(""), 7)).toBe(false);
  });
});

describe("mediaEncryption", () => {
  it("keeps earlier keys for frames under way, but not for ever", () => {
    members.set([bob]);
    const end = receiverOf(BOB);
    for (let index = 0; index < 20; index++) encryption.sink.setReceiverKey(BOB, key(index + 1, index));
    const late = receiverOf("hash3");

    expect(isReadable(end, 19, 18)).toBe(true);
    expect(isReadable(late, 20, 19)).toBe(true);
    expect(isReadable(late, 1, 0)).toBe(false);
  });

  it("takes the keys of a member who left away from all its tracks, also from later ones", async () => {
    members.set([bob]);
    encryption.sink.setReceiverKey(BOB, key(7));
    const end = receiverOf(BOB);
    await settlePromises();

    encryption.sink.forget(BOB);

    expect(isReadable(end, 7)).toBe(false);
    expect(isReadable(receiverOf("hash2"), 7)).toBe(false);
    expect(encryption.hasKey(BOB)).toBe(false);
  });

  it("gives a member who came back its new key", async () => {
    members.set([bob]);
    const end = receiverOf(BOB);
    encryption.sink.setReceiverKey(BOB, key(7));
    encryption.sink.forget(BOB);
    members.set([]);
    await settlePromises();

    members.set([{ ...bob, joinedAtMs: 2 }]);
    encryption.sink.setReceiverKey(BOB, key(9));
    await settlePromises();

    expect(isReadable(end, 9)).toBe(true);
  });

  it("lets own frames out with the key in use only, and none while suspended", () => {
    const end = new FakeRtpEnd();
    encryption.guard.protectSender(end as unknown as RTCRtpSender, { source: "camera", codec: "vp8" });
    const send = (): number | undefined => end.transformFrame({ payload: "frame" })?.key?.index;

    expect(send()).toBeUndefined();
    encryption.sink.useSenderKey(key(1, 3));
    expect(send()).toBe(3);
    encryption.sink.suspendSender();
    expect(send()).toBeUndefined();
    encryption.sink.useSenderKey(key(2, 4));
    expect(send()).toBe(4);
  });

  it("survives a key that the frame crypto refuses", () => {
    members.set([bob]);
    receiverOf(BOB);
    host.setKey = () => {
      throw new TypeError("too long");
    };

    expect(() => encryption.sink.setReceiverKey(BOB, key(7))).not.toThrow();
  });

  it("tells how each track fares, and when the first frame came", () => {
    members.set([bob]);
    const end = receiverOf(BOB);
    isReadable(end, 7);
    expect(encryption.verdictOf(BOB, "camera")).toBe("no_key");
    expect(marks).toEqual([]);

    encryption.sink.setReceiverKey(BOB, key(7));
    isReadable(end, 7);

    expect(encryption.verdictOf(BOB, "camera")).toBe("ok");
    expect(encryption.verdictOf(BOB, "screen_share")).toBeUndefined();
    expect(marks).toContain("first_frame");
    expect(encryption.verdicts.totals.get().received).toEqual({ missing_key: 1, decrypted: 1 });
  });

  it("ends the worker and wipes the keys with the scope", async () => {
    members.set([bob]);
    encryption.sink.setReceiverKey(BOB, key(7));

    await scope.end();

    expect(host.isClosed).toBe(true);
    expect(encryption.hasKey(BOB)).toBe(false);
  });
});

describe("frames that no key opens", () => {
  it("name their member, for sound and for a track whose member has given no key", async () => {
    const lacking: string[] = [];
    encryption.undecryptable.on(scope, (memberId) => void lacking.push(memberId));
    members.set([bob]);

    const end = receiverOf(BOB);
    await settlePromises();
    expect(lacking).toEqual([BOB]);
    encryption.sink.setReceiverKey(BOB, key(7));
    isReadable(end, 7);
    expect(lacking).toEqual([BOB]);
    isReadable(end, 8, 1);

    expect(lacking).toEqual([BOB, BOB]);
  });

  it("of nobody's track name nobody", () => {
    const lacking: string[] = [];
    encryption.undecryptable.on(scope, (memberId) => void lacking.push(memberId));

    isReadable(receiverOf("somebody"), 7);

    expect(lacking).toEqual([]);
  });
});

describe("keys after the call", () => {
  it("T21: are wiped, but for the copies that the frame crypto has been given", async () => {
    const copies: Uint8Array[] = [];
    const given = [key(7), key(9, 3)] as const;
    members.set([bob]);
    receiverOf(BOB);
    await settlePromises();
    // Every copy that is made of these two from here on.
    for (const { bytes } of given) {
      bytes.slice = (...range) => {
        const copy = Uint8Array.prototype.slice.apply(bytes, range);
        copies.push(copy);
        return copy;
      };
    }
    encryption.sink.setReceiverKey(BOB, given[0]);
    encryption.sink.useSenderKey(given[1]);
    const [kept, ...givenAway] = copies;
    expect(copies.map((copy) => copy[0])).toEqual([7, 7, 9]);

    await scope.end();

    expect(copies.filter((copy) => copy.some((byte) => byte !== 0))).toEqual(givenAway);
    expect(kept?.byteLength).toBe(16);
  });
});

describe("shared-secret mode", () => {
  it("encrypts and decrypts with the key from the secret, and only tracks of members", async () => {
    const own = new Scope();
    const shared = new FakeFrameCrypto("required");
    const deps = { host: shared, members, timings: { mark: () => {} }, logger: silentLogger };
    const media = encryptMedia({ ...deps, sharedSecret: new Secret("from the link") }, own);
    const bring = (end: FakeRtpEnd, identity: string): void => {
      const announced = { identity, source: "camera", codec: "vp8" } as const;
      media.guard.protectReceiver(end as unknown as RTCRtpReceiver, announced);
    };
    const [sender, receiver, stranger] = [new FakeRtpEnd(), new FakeRtpEnd(), new FakeRtpEnd()];
    media.guard.protectSender(sender as unknown as RTCRtpSender, { source: "camera", codec: "vp8" });
    members.set([bob]);
    bring(receiver, BOB);
    bring(stranger, "somebody");
    await settlePromises();

    const sent = sender.transformFrame({ payload: "frame" });

    expect(sent?.key?.hex).toBe(toHex(utf8("from the link")));
    expect(sent && receiver.transformFrame(sent)?.payload).toBe("frame");
    expect(sent && stranger.transformFrame(sent)).toBeUndefined();
    expect(media.hasKey(BOB)).toBe(true);
    await own.end();
  });
});
