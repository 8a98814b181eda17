import { FakeClock } from "@conclave/kit/testing";
import { describe, expect, it } from "vitest";

import { paceCapture } from "./paceCapture.ts";

describe("paceCapture", () => {
  it("captures at once and then on time, until it is stopped", async () => {
    const clock = new FakeClock();
    const startMs = clock.monotonicMs();
    const atMs: number[] = [];
    const stop = paceCapture(clock, 40, () => atMs.push(clock.monotonicMs() - startMs));
    await clock.advance(1_000);
    stop();
    await clock.advance(1_000);

    expect(atMs.slice(1)).toEqual(Array.from({ length: 25 }, (_, index) => (index + 1) * 40));
    expect(clock.pendingTimers).toBe(0);
  });
});
