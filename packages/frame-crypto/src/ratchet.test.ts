import { describe, expect, test } from "vitest";

import { decryptFrame } from "./decryptFrame.ts";
import { FRAME_KEY } from "./deriveFrameKey.ts";
import { encryptFrame } from "./encryptFrame.ts";
import { RETIREMENT_MS } from "./FrameKey.ts";
import { RATCHET_BITS } from "./frameFormat.ts";
import type { OwnerKeys } from "./OwnerKeys.ts";
import { importSubtleMaterial } from "./subtleMaterial.ts";
import { createMember, createStore, keyBytes, senderOf } from "./testing/createMember.ts";

const SOUND = { kind: "audio", codec: "opus", isKeyFrame: false } as const;
const SPEECH = Uint8Array.of(0xf8, 1, 2, 3, 4, 5);

/** Alice as she is after one step of the ratchet, at the same index. */
async function aliceAhead(): Promise<OwnerKeys> {
  const store = createStore();
  const next = await (await importSubtleMaterial(keyBytes(1))).deriveBits(FRAME_KEY, RATCHET_BITS);
  await store.setKey("alice", 9, next);
  store.useSenderKey("alice", 9);
  return store.owner("alice")!;
}

async function frameOf(alice: OwnerKeys): Promise<Uint8Array<ArrayBuffer>> {
  return (await encryptFrame(SPEECH, { ...SOUND, ssrc: 5 }, await senderOf(alice))).frame!;
}

async function outcomeAt(frame: Uint8Array<ArrayBuffer>, bob: OwnerKeys, nowMs: number): Promise<string> {
  return (await decryptFrame(frame, { ...SOUND, trackId: "t", nowMs }, bob)).outcome;
}

/** Bob, who has followed alice over one step at 0 ms. */
async function bobAhead(ahead: OwnerKeys): Promise<OwnerKeys> {
  const bob = await createMember({ 9: 1 });
  await (await bob.find(9))?.lookAhead();
  expect(await outcomeAt(await frameOf(ahead), bob, 0)).toBe("decrypted");
  return bob;
}

describe("a receiver who has followed the ratchet", () => {
  test("still decrypts frames of the step before that come late, each once", async () => {
    const late = await frameOf(await createMember({ 9: 1 }));
    const bob = await bobAhead(await aliceAhead());

    expect(await outcomeAt(late, bob, 1_000)).toBe("decrypted");
    expect(await outcomeAt(late, bob, 1_000)).toBe("replayed");
  });

  test("does not go back: the later step stays the one that is tried first", async () => {
    const ahead = await aliceAhead();
    const late = await frameOf(await createMember({ 9: 1 }));
    const bob = await bobAhead(ahead);
    const adopted = await bob.find(9);

    await outcomeAt(late, bob, 1_000);

    expect(await bob.find(9)).toBe(adopted);
    expect(await outcomeAt(await frameOf(ahead), bob, 1_020)).toBe("decrypted");
  });

  test("follows wherever the IVs of the next step begin", async () => {
    const alice = await createMember({ 9: 1 });
    const bob = await createMember({ 9: 1 });
    await (await bob.find(9))?.lookAhead();
    // Enough that whatever lies behind counts as seen; the next step starts with the same IV as this one did.
    for (let count = 0; count < 1_030; count += 1) await outcomeAt(await frameOf(alice), bob, count * 20);

    expect(await outcomeAt(await frameOf(await aliceAhead()), bob, 21_000)).toBe("decrypted");
  });

  test("refuses the step before once nothing honest can be under way", async () => {
    const late = await frameOf(await createMember({ 9: 1 }));
    const bob = await bobAhead(await aliceAhead());

    expect(["auth_failed", "replayed"]).toContain(await outcomeAt(late, bob, RETIREMENT_MS));
  });

  test("shares what it derived with whoever installs that step as a key", async () => {
    const store = createStore();
    await store.setKey("camera", 9, keyBytes(1));
    await (await store.owner("camera")?.find(9))?.lookAhead();
    const ahead = await aliceAhead();
    const frame = await frameOf(ahead);
    expect(await outcomeAt(frame, store.owner("camera")!, 0)).toBe("decrypted");

    const next = await (await importSubtleMaterial(keyBytes(1))).deriveBits(FRAME_KEY, RATCHET_BITS);
    await store.setKey("microphone", 9, next);

    expect(await outcomeAt(frame, store.owner("microphone")!, 10_000)).toBe("replayed");
  });
});
