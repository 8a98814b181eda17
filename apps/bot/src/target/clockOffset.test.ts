import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { clockOffset, type ClockSample } from "./clockOffset.ts";

/** A look at a clock that is `offsetMs` ahead, with the given ways there and back. */
function look(
  atMs: number,
  thereMs: number,
  backMs: number,
  options: { offsetMs: number; granularityMs: number },
): ClockSample {
  const { offsetMs, granularityMs } = options;
  const serverMs = atMs + thereMs + offsetMs;
  return {
    sentAtMs: atMs,
    receivedAtMs: atMs + thereMs + backMs,
    serverAtMs: Math.floor(serverMs / granularityMs) * granularityMs,
    granularityMs,
  };
}

describe("the offset of a clock", () => {
  it("is unknown without samples", () => {
    expect(clockOffset([])).toBeUndefined();
  });

  it("lies within its uncertainty, whatever the ways and the granularity", () => {
    const way = fc.integer({ min: 0, max: 500 });
    const pause = fc.integer({ min: 1, max: 400 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(pause, way, way), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: -100_000, max: 100_000 }),
        fc.constantFrom(1, 1000),
        (ways, offsetMs, granularityMs) => {
          let atMs = 1_790_000_000_000;
          const samples = ways.map(([pauseMs, there, back]) =>
            look((atMs += pauseMs + 1000), there, back, { offsetMs, granularityMs }),
          );
          const found = clockOffset(samples);
          expect(Math.abs((found?.offsetMs ?? Infinity) - offsetMs)).toBeLessThanOrEqual(found?.uncertaintyMs ?? 0);
        },
      ),
    );
  });

  it("is found to a few milliseconds from dates that have only seconds", () => {
    const samples = Array.from({ length: 20 }, (_, index) =>
      look(1_790_000_000_000 + index * 57, 2, 2, { offsetMs: 12_345, granularityMs: 1000 }),
    );

    expect(clockOffset(samples)?.offsetMs).toBeCloseTo(12_345, -2);
    expect(clockOffset(samples)?.uncertaintyMs).toBeLessThan(40);
  });

  it("is the quickest sample's when a clock was set in between", () => {
    const slow = look(1_790_000_000_000, 80, 80, { offsetMs: 0, granularityMs: 1 });
    const quick = look(1_790_000_010_000, 2, 2, { offsetMs: 5000, granularityMs: 1 });

    expect(clockOffset([slow, quick])?.offsetMs).toBeCloseTo(5000, -1);
  });
});
