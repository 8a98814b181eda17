import { seededRandom } from "@conclave/kit/testing";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { readTone } from "./readTone.ts";
import { sine, toInt16 } from "./testing/sounds.ts";

const NOISE_SAMPLES = 4_800;

describe("readTone", () => {
  test("finds frequency and level of any tone in 100 ms", () => {
    const tones = fc.double({ min: 200, max: 4_000, noNaN: true });
    const levels = fc.double({ min: 0.01, max: 0.9, noNaN: true });
    fc.assert(
      fc.property(tones, levels, fc.constantFrom(16_000, 44_100, 48_000), (toneHz, level, sampleRate) => {
        const sound = sine(toneHz, sampleRate / 10, { level, sampleRate });
        for (const samples of [sound, toInt16(sound)]) {
          const heard = readTone(samples, sampleRate);
          expect(Math.abs(heard!.toneHz - toneHz)).toBeLessThan(2);
          expect(heard!.level / level).toBeGreaterThan(0.95);
          expect(heard!.level / level).toBeLessThan(1.05);
        }
      }),
    );
  });

  test("finds a tone in noise within 10 Hz", () => {
    const random = seededRandom(2);
    const sound = sine(1_350, NOISE_SAMPLES).map((sample) => sample + (random.next() - 0.5) * 0.5);
    expect(Math.abs(readTone(sound, 48_000)!.toneHz - 1_350)).toBeLessThan(10);
  });

  test("hears no tone in silence, noise, a whisper or too short a piece", () => {
    const random = seededRandom(3);
    expect(readTone(new Int16Array(NOISE_SAMPLES), 48_000)).toBeUndefined();
    expect(
      readTone(
        Float32Array.from({ length: NOISE_SAMPLES }, () => random.next() - 0.5),
        48_000,
      ),
    ).toBeUndefined();
    expect(readTone(sine(1_000, NOISE_SAMPLES, { level: 0.0005 }), 48_000)).toBeUndefined();
    expect(readTone(sine(1_000, 400), 48_000)).toBeUndefined();
    expect(readTone(new Float32Array(0), 48_000)).toBeUndefined();
  });

  test("hears no tone where two are equally loud", () => {
    const second = sine(2_000, NOISE_SAMPLES, { level: 0.41 });
    expect(
      readTone(
        sine(500, NOISE_SAMPLES).map((sample, at) => sample + second[at]! * 1.1),
        48_000,
      ),
    ).toMatchObject({
      toneHz: expect.closeTo(2_000, 0) as number,
    });
    const third = sine(900, NOISE_SAMPLES, { level: 0.4 });
    const three = sine(500, NOISE_SAMPLES).map((sample, at) => sample + second[at]! + third[at]!);
    expect(readTone(three, 48_000)).toBeUndefined();
  });
});
