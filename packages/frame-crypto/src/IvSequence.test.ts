import { describe, expect, test } from "vitest";

import { IvSequence, ivStart, MAX_FRAMES_PER_KEY, MAX_GENERATIONS } from "./IvSequence.ts";

describe("sequence of IVs", () => {
  test("has no IV twice, not even across tracks with one SSRC and over the wrap of its counters", () => {
    const frames = 66_000;
    const sequence = new IvSequence(2 ** 32 - 1000);

    const seen = new Set<bigint>();
    for (let count = 0; count < frames; count += 1) {
      seen.add(new DataView((sequence.next(7) ?? new Uint8Array(12)).buffer).getBigUint64(4));
    }

    expect(seen.size).toBe(frames);
  });

  test("has LiveKit's form: word 1 less word 2 is a counter below 0xFFFF", () => {
    const sequence = new IvSequence(123);

    const wrong: number[] = [];
    for (let count = 0; count < 66_000; count += 1) {
      const words = new DataView((sequence.next(7) ?? new Uint8Array(12)).buffer);
      if ((words.getUint32(4) - words.getUint32(8)) >>> 0 !== count % 0xffff) wrong.push(count);
    }
    expect(wrong).toEqual([]);
  });

  test("ends before a key has been used too often", () => {
    const sequence = new IvSequence(0, 3);

    const ivs = Array.from({ length: 4 }, () => sequence.next(7));

    expect(ivs.map((iv) => iv !== undefined)).toEqual([true, true, true, false]);
    expect(MAX_FRAMES_PER_KEY).toBeLessThanOrEqual(2 ** 24);
  });
});

describe("workers that follow each other", () => {
  test("have IVs that never meet, whatever their random start and however much they encrypt", () => {
    const ranges = Array.from({ length: MAX_GENERATIONS }, (_, generation) => ({
      first: ivStart(generation, 0),
      last: ivStart(generation, 2 ** 32 - 1) + MAX_FRAMES_PER_KEY - 1,
      highest: Math.max(...[1, 2 ** 28, 3_999_999_999].map((random) => ivStart(generation, random))),
    }));

    for (const [generation, { first, last, highest }] of ranges.entries()) {
      expect(highest + MAX_FRAMES_PER_KEY).toBeLessThanOrEqual(ranges[generation + 1]?.first ?? 2 ** 32);
      expect(last).toBeLessThan(ranges[generation + 1]?.first ?? 2 ** 32);
      expect(first).toBeGreaterThanOrEqual(0);
    }
  });
});
