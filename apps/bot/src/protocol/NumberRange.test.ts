import { assert, nat, property, uniqueArray } from "fast-check";
import { describe, expect, it } from "vitest";

import { EPOCH_SIZE, NumberRange } from "./NumberRange.ts";

describe("NumberRange", () => {
  it("misses what lies between the first and the newest number and did not arrive", () => {
    const range = rangeOf([40, 41, 44, 43]);

    expect(range.missing).toBe(1);
  });

  it("misses nothing from before the first subscription, nor when a new publication begins", () => {
    const range = rangeOf([7_000, 7_001, EPOCH_SIZE + 12, EPOCH_SIZE + 13]);

    expect(range.missing).toBe(0);
  });

  it("keeps what was missing before a restart", () => {
    const range = rangeOf([1, 5]);
    range.restart();
    range.note(900);

    expect(range.missing).toBe(3);
  });

  it("does not miss a frame that arrived and could not be read", () => {
    const range = rangeOf([1]);
    range.noteUnreadable();
    range.note(3);

    expect(range.missing).toBe(0);
  });

  it("counts the lost ones of any order of arrival", () => {
    const numbers = uniqueArray(nat(500), { minLength: 1 });
    assert(
      property(numbers, (shuffled) => {
        const range = rangeOf([0, ...shuffled.filter((number) => number > 0)]);
        const newest = Math.max(0, ...shuffled);
        expect(range.missing).toBe(newest + 1 - new Set([0, ...shuffled]).size);
      }),
    );
  });
});

function rangeOf(numbers: readonly number[]): NumberRange {
  const range = new NumberRange();
  for (const number of numbers) range.note(number);
  return range;
}
