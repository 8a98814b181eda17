import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { SequenceCount } from "./SequenceCount.ts";

describe("SequenceCount", () => {
  it("knows what is missing from a stream in which neighbours have changed places", () => {
    const anyStream = fc.record({
      first: fc.nat(0xff_ff),
      isLost: fc.array(fc.boolean(), { minLength: 1, maxLength: 300 }),
      swaps: fc.array(fc.nat(298)),
    });
    fc.assert(
      fc.property(anyStream, ({ first, isLost, swaps }) => {
        const sent = isLost.flatMap((lost, index) => (lost ? [] : [(first + index) & 0xff_ff]));
        const order = [...sent];
        for (const at of swaps) {
          const [a, b] = [order[at], order[at + 1]];
          if (a !== undefined && b !== undefined) [order[at], order[at + 1]] = [b, a];
        }
        const count = new SequenceCount();

        const areNew = order.map((sequence) => count.note(sequence));

        expect(areNew.every(Boolean)).toBe(true);
        const inner = isLost.slice(isLost.indexOf(false), isLost.lastIndexOf(false) + 1);
        expect(count.received).toBe(sent.length);
        expect(count.lost).toBe(sent.length === 0 ? 0 : inner.filter(Boolean).length);
      }),
    );
  });

  it("does not take a packet twice", () => {
    const count = new SequenceCount();

    const areNew = [65_535, 0, 65_535, 0, 1].map((sequence) => count.note(sequence));

    expect(areNew).toEqual([true, true, false, false, true]);
    expect([count.received, count.lost]).toEqual([3, 0]);
  });
});
