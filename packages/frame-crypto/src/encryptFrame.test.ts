import { describe, expect, test } from "vitest";

import { encryptFrame } from "./encryptFrame.ts";
import type { FrameKey } from "./FrameKey.ts";
import { createMember, senderOf } from "./testing/createMember.ts";
import { sampleFrames } from "./testing/sampleFrames.ts";

const OPUS = { kind: "audio", codec: "opus", isKeyFrame: false, ssrc: 1 } as const;
const VP8 = { kind: "video", codec: "vp8", isKeyFrame: false, ssrc: 1 } as const;
const FRAME = Uint8Array.of(0xf8, 1, 2, 3, 4);

describe("an outgoing frame", () => {
  test("is dropped without a key", async () => {
    expect(await encryptFrame(FRAME, OPUS, undefined)).toEqual({ outcome: "dropped_no_key" });
  });

  test("is dropped when the key is used up", async () => {
    const { key, index } = await senderOf(await createMember({ 3: 1 }));
    const usedUp = Object.create(key, { ivs: { value: { next: () => undefined } } }) as FrameKey;

    expect(await encryptFrame(FRAME, OPUS, { key: usedUp, index })).toEqual({ outcome: "dropped_no_key" });
  });

  test("is dropped when the codec is not one of ours or the frame too short for it", async () => {
    const sender = await senderOf(await createMember({ 3: 1 }));

    const av1 = await encryptFrame(FRAME, { ...VP8, codec: "unsupported" }, sender);
    const short = await encryptFrame(FRAME.subarray(0, 2), VP8, sender);

    expect([av1.outcome, short.outcome]).toEqual(["dropped_unsupported", "dropped_unsupported"]);
  });

  test("is dropped when encryption fails", async () => {
    const { key, index } = await senderOf(await createMember({ 3: 1 }));
    const unusable = Object.create(key, { cipher: { value: undefined }, ivs: { value: key.ivs } }) as FrameKey;

    expect(await encryptFrame(FRAME, OPUS, { key: unusable, index })).toEqual({ outcome: "dropped_fault" });
  });

  test("passes as it is when it is empty", async () => {
    expect(await encryptFrame(new Uint8Array(0), OPUS, undefined)).toEqual({ outcome: "empty" });
  });

  test("names its key and is not changed itself", async () => {
    const sender = await senderOf(await createMember({ 200: 1 }));
    const plain = FRAME.slice();

    const result = await encryptFrame(plain, OPUS, sender);

    expect(result).toMatchObject({ outcome: "encrypted" });
    if (result.outcome === "encrypted") expect(result.frame.at(-1)).toBe(200);
    expect(plain).toEqual(FRAME);
  });

  test("never looks like another one, even with the same content", async () => {
    const sender = await senderOf(await createMember({ 3: 1 }));
    const seen = new Set<string>();
    for (const { bytes, shape } of sampleFrames(FRAME)) {
      for (let count = 0; count < 50; count += 1) {
        const result = await encryptFrame(bytes, { ...shape, ssrc: 1 }, sender);
        if (result.outcome === "encrypted") seen.add(result.frame.join());
      }
    }

    expect(seen.size).toBe(sampleFrames(FRAME).length * 50);
  });
});
