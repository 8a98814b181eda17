import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { randomOf } from "./random.ts";

describe("randomOf", () => {
  it("gives the numbers that it always gave", () => {
    const random = randomOf("seven", 7, "ü");

    expect(Array.from({ length: 6 }, () => random.below(1_000_000))).toEqual([
      588750, 588209, 255961, 388341, 248108, 964639,
    ]);
    expect(random.shuffled([0, 1, 2, 3, 4, 5, 6, 7])).toEqual([3, 4, 2, 5, 6, 1, 7, 0]);
  });

  it("gives unlike numbers for words that look alike", () => {
    const firsts = [["a", "b"], ["ab"], ["b", "a"], ["a", "b", ""], ["", "a", "b"], ["a", 1], ["a", 11]].map((words) =>
      randomOf(...words).next(),
    );

    expect(new Set(firsts).size).toBe(firsts.length);
  });

  it("stays in its limits and reaches them", () => {
    const random = randomOf("limits");
    const seen = Array.from({ length: 2000 }, () => random.between(3, 6));

    expect(new Set(seen)).toEqual(new Set([3, 4, 5, 6]));
    expect(random.below(0)).toBe(0);
    expect(random.below(-3)).toBe(0);
  });

  it("spreads evenly", () => {
    const random = randomOf("even");
    const counts = Array.from({ length: 10 }, () => 0);
    for (let draw = 0; draw < 20_000; draw += 1) {
      const bucket = random.below(10);
      counts[bucket] = (counts[bucket] ?? 0) + 1;
    }

    expect(Math.min(...counts)).toBeGreaterThan(1800);
    expect(Math.max(...counts)).toBeLessThan(2200);
  });

  it("shuffles without losing or doubling anything", () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.integer()), (seed, items) => {
        const shuffled = randomOf(seed).shuffled(items);
        expect(shuffled.toSorted((one, other) => one - other)).toEqual(items.toSorted((one, other) => one - other));
      }),
    );
  });
});
