import { describe, expect, test } from "vitest";

import { decryptFrame } from "./decryptFrame.ts";
import { encryptFrame } from "./encryptFrame.ts";
import type { AesKeyBits } from "./FrameCipher.ts";
import { DERIVATION_SALT, IV_BYTES, TRAILER_BYTES } from "./frameFormat.ts";
import type { OwnerKeys } from "./OwnerKeys.ts";
import { createStore, keyBytes, senderOf } from "./testing/createMember.ts";

const SOUND = { kind: "audio", codec: "opus", isKeyFrame: false } as const;
const SPEECH = Uint8Array.of(0xf8, 1, 2, 3, 4, 5);

async function memberWith(keyBits: AesKeyBits | undefined): Promise<OwnerKeys> {
  const store = createStore();
  await store.setKey("alice", 0, keyBytes(1, 32), keyBits);
  store.useSenderKey("alice", 0);
  return store.owner("alice")!;
}

async function encryptedBy(member: OwnerKeys): Promise<Uint8Array<ArrayBuffer>> {
  return (await encryptFrame(SPEECH, { ...SOUND, ssrc: 5 }, await senderOf(member))).frame!;
}

/** The frame's body under the AES key of that length, by WebCrypto alone. */
async function openBy(length: AesKeyBits, frame: Uint8Array<ArrayBuffer>): Promise<Uint8Array | undefined> {
  const material = await crypto.subtle.importKey("raw", keyBytes(1, 32), "HKDF", false, ["deriveKey"]);
  const salt = new TextEncoder().encode(DERIVATION_SALT);
  const hkdf = { name: "HKDF", hash: "SHA-256", salt, info: new Uint8Array(128) };
  const key = await crypto.subtle.deriveKey(hkdf, material, { name: "AES-GCM", length }, false, ["decrypt"]);
  const ivAt = frame.byteLength - IV_BYTES - TRAILER_BYTES;
  const parameters = {
    name: "AES-GCM",
    iv: frame.slice(ivAt, ivAt + IV_BYTES),
    additionalData: frame.slice(0, 1),
  };
  const plain = await crypto.subtle.decrypt(parameters, key, frame.slice(1, ivAt)).catch(() => undefined);
  return plain === undefined ? undefined : new Uint8Array(plain);
}

describe("the AES key of a sender key", () => {
  test("has 128 bits unless another length was agreed on", async () => {
    const frame = await encryptedBy(await memberWith(undefined));

    expect(await openBy(128, frame)).toEqual(SPEECH.slice(1));
    expect(await openBy(256, frame)).toBeUndefined();
  });

  test("has 256 bits where it was, as livekit-client derives it", async () => {
    const frame = await encryptedBy(await memberWith(256));

    expect(await openBy(256, frame)).toEqual(SPEECH.slice(1));
    expect(await openBy(128, frame)).toBeUndefined();
  });

  test("must be of one length on both sides", async () => {
    const about = { ...SOUND, trackId: "t", nowMs: 0 };
    const frame = await encryptedBy(await memberWith(256));

    expect(await decryptFrame(frame, about, await memberWith(256))).toEqual({ outcome: "decrypted", frame: SPEECH });
    expect(await decryptFrame(frame, about, await memberWith(128))).toEqual({ outcome: "auth_failed" });
  });

  test("is another one in one store, whatever was installed first", async () => {
    const store = createStore();
    await store.setKey("alice", 0, keyBytes(1, 32), 128);
    await store.setKey("alice", 1, keyBytes(1, 32), 256);
    const [short, long] = [await store.owner("alice")?.find(0), await store.owner("alice")?.find(1)];

    expect(short).not.toBe(long);
  });
});
