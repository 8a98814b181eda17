import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { REPLAY_WINDOW_FRAMES, ReplayWindow } from "./ReplayWindow.ts";

const STEP = 3000;

function filledWindow(frames: number, start = 0): ReplayWindow {
  const window = new ReplayWindow();
  for (let count = 0; count < frames; count += 1) window.enter(at(count, start));
  return window;
}

function at(count: number, start = 0): { timestamp: number; counter: number } {
  return { timestamp: (start + count * STEP) >>> 0, counter: count };
}

describe("replay window", () => {
  test("takes each frame once", () => {
    const window = new ReplayWindow();

    expect(window.enter(at(5))).toBe(true);
    expect(window.isFresh(at(5))).toBe(false);
    expect(window.enter(at(5))).toBe(false);
  });

  test("takes frames out of order, each once", () => {
    const order = fc.shuffledSubarray(
      Array.from({ length: 200 }, (_, count) => count),
      { minLength: 200 },
    );
    fc.assert(
      fc.property(order, fc.nat(0xffffffff), (counts, start) => {
        const window = new ReplayWindow();

        expect(counts.every((count) => window.enter(at(count, start)))).toBe(true);
        expect(counts.some((count) => window.isFresh(at(count, start)))).toBe(false);
      }),
      { numRuns: 30 },
    );
  });

  test("tells frames of one timestamp apart by their counter, as spatial layers need", () => {
    const window = new ReplayWindow();

    expect(window.enter({ timestamp: 9, counter: 1 })).toBe(true);
    expect(window.enter({ timestamp: 9, counter: 2 })).toBe(true);
    expect(window.enter({ timestamp: 9, counter: 1 })).toBe(false);
  });

  test("refuses every frame of the past, however long ago", () => {
    const frames = 3 * REPLAY_WINDOW_FRAMES;
    const window = filledWindow(frames);

    const accepted = Array.from({ length: frames }, (_, count) => window.isFresh(at(count))).filter(Boolean);
    expect(accepted).toEqual([]);
  });

  test("refuses a frame that it never saw when it is older than the window", () => {
    const window = new ReplayWindow();
    for (let count = 0; count < REPLAY_WINDOW_FRAMES + 10; count += 1) if (count !== 4) window.enter(at(count));

    expect(window.isFresh(at(4))).toBe(false);
  });

  test("goes on when the timestamp wraps", () => {
    const window = filledWindow(20, 2 ** 32 - 10 * STEP);

    expect(window.isFresh(at(19, 2 ** 32 - 10 * STEP))).toBe(false);
    expect(window.isFresh(at(20, 2 ** 32 - 10 * STEP))).toBe(true);
  });

  test("takes a stream up again after a long silence", () => {
    const window = filledWindow(2000);

    expect(window.isFresh(at(2000 + 100_000))).toBe(true);
  });
});
