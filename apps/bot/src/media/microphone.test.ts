import { describe, expect, test } from "vitest";

import { createMicrophone } from "./microphone.ts";
import { opusTone } from "./opusTone.ts";
import { mediaPersonOf, TONE_LEVEL } from "./people.ts";
import { readTone } from "./readTone.ts";
import { checkFrame } from "./stamp.ts";
import { decodeOpus } from "./testing/decodeOpus.ts";
import { splitPacket } from "./testing/splitPacket.ts";
import { ToneWatch } from "./ToneWatch.ts";

const SAMPLE_RATE_HZ = 48_000;
const TONES_HZ = Array.from({ length: 55 }, (_, bot) => mediaPersonOf(bot).toneHz);
/** A decoder that starts anywhere in the loop has the full level after 10 packets. */
const SETTLED_SAMPLES = SAMPLE_RATE_HZ / 5;

function packetsOf(toneHz: number, frameMs: 20 | 40 | 60, totalMs: number): Uint8Array<ArrayBuffer>[] {
  const microphone = createMicrophone({ sender: 7, toneHz, frameMs });
  return Array.from({ length: totalMs / frameMs }, (_, index) => microphone.next(index * frameMs).data);
}

describe.each([20, 40, 60] as const)("packets of %i ms", (frameMs) => {
  test("libopus plays them as one steady tone, over the seam of the loop", () => {
    const sound = decodeOpus(packetsOf(1_350, frameMs, 2_400));
    expect(sound.length).toBe((2_400 * SAMPLE_RATE_HZ) / 1_000);
    const watch = new ToneWatch({ toneHz: 1_350, sampleRate: SAMPLE_RATE_HZ });
    watch.hear(sound, 0);
    expect(watch).toMatchObject({ gapCount: 0, lastHeardAtMs: 2_400 });
    for (let from = SETTLED_SAMPLES; from + 4_096 <= sound.length; from += 4_096) {
      const heard = readTone(sound.subarray(from, from + 4_096), SAMPLE_RATE_HZ);
      expect(heard?.toneHz).toBeCloseTo(1_350, 0);
      expect(Math.abs(heard!.level - TONE_LEVEL)).toBeLessThan(0.03);
    }
  });

  test("each is stamped, and holds whole frames of 20 ms", () => {
    const packets = packetsOf(500, frameMs, 3_000);
    for (const [number, packet] of packets.entries()) {
      expect(checkFrame(packet, "audio")).toEqual({ sender: 7, number, sentAtMs: number * frameMs, isIntact: true });
      expect(splitPacket(packet).frames).toHaveLength(frameMs / 20);
    }
  });
});

test.each(TONES_HZ)("a decoder hears the bots' tone of %i Hz", (toneHz) => {
  const heard = readTone(decodeOpus(packetsOf(toneHz, 20, 400)), SAMPLE_RATE_HZ);
  expect(heard?.toneHz).toBeCloseTo(toneHz, 0);
  expect(Math.abs(heard!.level - TONE_LEVEL)).toBeLessThan(0.04);
});

test("a continued track goes on counting, and the counter wraps at 32 bits", () => {
  const microphone = createMicrophone({ sender: 1, toneHz: 300, frameMs: 20, firstNumber: 0xffff_ffff });
  expect(checkFrame(microphone.next(0).data, "audio")).toMatchObject({ number: 0xffff_ffff, isIntact: true });
  expect(checkFrame(microphone.next(0).data, "audio")).toMatchObject({ number: 0, isIntact: true });
});

test("packets last as long as they sound", () => {
  const source = createMicrophone({ sender: 1, toneHz: 300, frameMs: 40 });
  expect(source).toMatchObject({ kind: "audio", codec: "opus" });
  expect(source.next(0)).toMatchObject({ durationMs: 40, isKeyFrame: true });
});

test("a tone that does not fit into 20 ms is refused", () => {
  expect(() => opusTone(310)).toThrow(RangeError);
  expect(() => opusTone(0)).toThrow(RangeError);
});
