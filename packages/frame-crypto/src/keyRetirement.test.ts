import { describe, expect, test } from "vitest";

import { decryptFrame } from "./decryptFrame.ts";
import { encryptFrame } from "./encryptFrame.ts";
import { RETIREMENT_MS } from "./FrameKey.ts";
import type { OwnerKeys } from "./OwnerKeys.ts";
import { createMember, createStore, keyBytes, senderOf } from "./testing/createMember.ts";

const SOUND = { kind: "audio", codec: "opus", isKeyFrame: false } as const;
const SPEECH = Uint8Array.of(0xf8, 1, 2, 3, 4, 5);

async function framesOf(index: number, value: number, count: number): Promise<Uint8Array<ArrayBuffer>[]> {
  const sender = await senderOf(await createMember({ [index]: value }));
  const frames: Uint8Array<ArrayBuffer>[] = [];
  for (let made = 0; made < count; made += 1) {
    const { frame } = await encryptFrame(SPEECH, { ...SOUND, ssrc: 5 }, sender);
    frames.push(frame!);
  }
  return frames;
}

async function outcomeAt(frame: Uint8Array<ArrayBuffer>, bob: OwnerKeys | undefined, nowMs: number): Promise<string> {
  return (await decryptFrame(frame, { ...SOUND, trackId: "t", nowMs }, bob)).outcome;
}

describe("a key whose successor is in use", () => {
  test("decrypts what is under way for ten seconds, and nothing later, however long it was held back", async () => {
    const bob = await createMember({ 3: 1, 4: 2 });
    const [inTime, late] = await framesOf(3, 1, 2);
    const [next] = await framesOf(4, 2, 1);
    expect(await outcomeAt(next!, bob, 1_000)).toBe("decrypted");

    expect(await outcomeAt(inTime!, bob, 1_000 + RETIREMENT_MS - 1)).toBe("decrypted");
    expect(await outcomeAt(late!, bob, 1_000 + RETIREMENT_MS)).toBe("replayed");
  });

  test("is not retired by a successor that merely arrived", async () => {
    const bob = await createMember({ 3: 1, 4: 2 });
    const [frame] = await framesOf(3, 1, 1);

    expect(await outcomeAt(frame!, bob, 3_600_000)).toBe("decrypted");
  });

  test("is retired on every track of the member, also if only one has heard the successor", async () => {
    const store = createStore();
    for (const track of ["camera", "microphone"]) {
      await store.setKey(track, 3, keyBytes(1));
      await store.setKey(track, 4, keyBytes(2));
    }
    const [held] = await framesOf(3, 1, 1);
    const [next] = await framesOf(4, 2, 1);
    await outcomeAt(next!, store.owner("microphone"), 0);

    expect(await outcomeAt(held!, store.owner("camera"), RETIREMENT_MS)).toBe("replayed");
  });

  test("follows over the wrap of the index", async () => {
    const store = createStore();
    await store.setKey("alice", 255, keyBytes(1));
    await store.setKey("alice", 0, keyBytes(2));
    const [held] = await framesOf(255, 1, 1);
    const [next] = await framesOf(0, 2, 1);
    await outcomeAt(next!, store.owner("alice"), 0);

    expect(await outcomeAt(held!, store.owner("alice"), RETIREMENT_MS)).toBe("replayed");
  });
});

describe("a key that was not replaced", () => {
  test("stays if it came late, after one with a higher index that is in use", async () => {
    const store = createStore();
    await store.setKey("alice", 4, keyBytes(2));
    await store.setKey("alice", 3, keyBytes(1));
    const [next] = await framesOf(4, 2, 1);
    const [frame] = await framesOf(3, 1, 1);
    await outcomeAt(next!, store.owner("alice"), 0);

    expect(await outcomeAt(frame!, store.owner("alice"), RETIREMENT_MS * 2)).toBe("decrypted");
  });

  test("stays if it came before one with a lower index, as reordered messages have it", async () => {
    const store = createStore();
    await store.setKey("alice", 4, keyBytes(2));
    await store.setKey("alice", 3, keyBytes(1));
    const [frame] = await framesOf(3, 1, 1);
    const [later] = await framesOf(4, 2, 1);
    await outcomeAt(frame!, store.owner("alice"), 0);

    expect(await outcomeAt(later!, store.owner("alice"), RETIREMENT_MS * 2)).toBe("decrypted");
  });
});
