import { describe, expect, it } from "vitest";

import { seededRandom } from "./seededRandom.ts";

function draw(seed: number): readonly number[] {
  return [...seededRandom(seed).bytes(16)];
}

describe("seededRandom", () => {
  it("repeats itself for one seed and differs for another", () => {
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  it("spreads over the whole range", () => {
    const random = seededRandom(7);
    const tenths = new Set(Array.from({ length: 500 }, () => Math.floor(random.next() * 10)));

    expect([...tenths].toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});
