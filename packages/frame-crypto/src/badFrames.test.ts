import { seededRandom } from "@conclave/kit/testing";
import { describe, expect, test } from "vitest";

import { decryptFrame } from "./decryptFrame.ts";
import { encryptFrame } from "./encryptFrame.ts";
import { createMember, senderOf } from "./testing/createMember.ts";
import type { OwnerKeys } from "./OwnerKeys.ts";

const SEED = 20_261_130;
const SOUND = { kind: "audio", codec: "opus", isKeyFrame: false } as const;
const SECONDS = 3;
const HONEST_PER_SECOND = 50;
const BAD_PER_HONEST = 20;

type Bytes = Uint8Array<ArrayBuffer>;

async function speak(alice: OwnerKeys): Promise<Bytes> {
  const { frame } = await encryptFrame(
    Uint8Array.of(0xf8, 1, 2, 3, 4, 5),
    { ...SOUND, ssrc: 5 },
    await senderOf(alice),
  );
  return frame!;
}

/** All that an SFU can make of an honest frame. */
const SPOILED: readonly ((frame: Bytes, random: number) => Bytes)[] = [
  (frame, random) => frame.map((byte, at) => (at === Math.floor(random * (frame.length - 2)) ? byte ^ 0x10 : byte)),
  (frame) => frame.map((byte, at) => (at === frame.length - 1 ? byte + 1 : byte)),
  (frame, random) => frame.slice(0, 1 + Math.floor(random * (frame.length - 1))),
  (frame, random) =>
    frame.map((byte, at) => (at < frame.length - 14 ? byte : at < frame.length - 2 ? random * 256 : byte)),
  (frame) => Uint8Array.of(0xf8, 0xff, 0xfe, ...frame.subarray(0, 40)),
];

describe("twenty bad frames for each good one, of one stream and on one track,", () => {
  test("cost the honest sender not one frame, and the receiver not one key", async () => {
    const alice = await createMember({ 9: 1 });
    const bob = await createMember({ 9: 1, 10: 2 });
    const random = seededRandom(SEED);
    const outcomes = { honest: new Map<string, number>(), bad: new Map<string, number>() };
    const arrive = async (kind: "honest" | "bad", frame: Bytes, nowMs: number): Promise<void> => {
      const { outcome } = await decryptFrame(frame, { ...SOUND, trackId: "microphone", nowMs }, bob);
      outcomes[kind].set(outcome, (outcomes[kind].get(outcome) ?? 0) + 1);
    };

    for (let count = 0; count < SECONDS * HONEST_PER_SECOND; count += 1) {
      const frame = await speak(alice);
      const nowMs = (count * 1_000) / HONEST_PER_SECOND;
      for (let bad = 0; bad < BAD_PER_HONEST; bad += 1) {
        await arrive("bad", SPOILED[bad % SPOILED.length]!(frame, random.next()), nowMs);
      }
      await arrive("honest", frame, nowMs);
    }

    expect(Object.fromEntries(outcomes.honest)).toEqual({ decrypted: SECONDS * HONEST_PER_SECOND });
    expect(outcomes.bad.get("decrypted") ?? 0).toBe(0);
  });
});
