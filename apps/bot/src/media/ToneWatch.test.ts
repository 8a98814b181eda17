import { seededRandom } from "@conclave/kit/testing";
import { beforeEach, describe, expect, test } from "vitest";

import { sine, toInt16 } from "./testing/sounds.ts";
import { ToneWatch } from "./ToneWatch.ts";

const TONE_HZ = 700;
const RATE = 48_000;

function tone(ms: number, toneHz: number = TONE_HZ): Int16Array {
  return toInt16(sine(toneHz, (RATE * ms) / 1_000));
}

function silence(ms: number): Int16Array {
  return new Int16Array((RATE * ms) / 1_000);
}

let watch: ToneWatch;
let atMs: number;
beforeEach(() => {
  watch = new ToneWatch({ toneHz: TONE_HZ, sampleRate: RATE });
  atMs = 5_000;
});

/** Lets the watch hear pieces without a pause between them. */
function play(...pieces: readonly Int16Array[]): void {
  for (const piece of pieces) {
    watch.hear(piece, atMs);
    atMs += (piece.length * 1_000) / RATE;
  }
}

describe("a watch for a tone", () => {
  test("finds no gap in a tone, however it is cut into pieces", () => {
    for (const ms of [10, 20, 25, 60, 100, 1_000]) play(tone(ms), tone(ms), tone(ms));
    expect(watch).toMatchObject({ gaps: [], gapCount: 0, longestGapMs: 0, lastHeardAtMs: atMs });
  });

  test("does not count the silence before the first tone", () => {
    play(silence(500), tone(100));
    expect(watch.gapCount).toBe(0);
  });

  test("passes over 60 ms and reports 70 ms", () => {
    play(tone(100), silence(60), tone(100));
    expect(watch.gapCount).toBe(0);
    play(silence(70), tone(100));
    expect(watch).toMatchObject({ gaps: [{ fromMs: 5_260, toMs: 5_330 }], gapCount: 1, longestGapMs: 70 });
  });

  test("finds a gap within one long piece", () => {
    play(Int16Array.of(...tone(200), ...silence(300), ...tone(200)));
    expect(watch.gaps).toEqual([{ fromMs: 5_200, toMs: 5_500 }]);
  });

  test("takes samples that never came for a gap", () => {
    play(tone(100));
    atMs += 400;
    play(tone(100));
    expect(watch.gaps).toEqual([{ fromMs: 5_100, toMs: 5_500 }]);
  });

  test("takes noise and another's tone for a gap", () => {
    const random = seededRandom(6);
    const noise = silence(200).map(() => (random.next() - 0.5) * 30_000);
    play(tone(100), tone(200, 1_750), tone(100), noise, tone(100));
    expect(watch.gaps.map(({ fromMs, toMs }) => toMs - fromMs)).toEqual([200, 200]);
  });

  test("counts a gap that lasts to the end, and starts anew afterwards", () => {
    play(tone(100), silence(80));
    watch.end(atMs);
    expect(watch).toMatchObject({ gapCount: 1, longestGapMs: 80, lastHeardAtMs: undefined });
    atMs += 10_000;
    play(tone(100));
    watch.end(atMs);
    expect(watch.gapCount).toBe(1);
  });

  test("lists so many gaps and counts all", () => {
    for (let round = 0; round < 300; round++) play(tone(10), silence(70));
    play(tone(10));
    expect(watch.gaps).toHaveLength(256);
    expect(watch.gapCount).toBe(300);
  });
});
