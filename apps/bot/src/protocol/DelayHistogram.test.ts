import { describe, expect, it } from "vitest";

import { DelayHistogram } from "./DelayHistogram.ts";

describe("DelayHistogram", () => {
  it("tells nothing before the first delay", () => {
    expect(new DelayHistogram().summary()).toBeUndefined();
  });

  it("tells median, 95th percentile and maximum to a tenth", () => {
    const histogram = new DelayHistogram();
    for (let delayMs = 1; delayMs <= 1_000; delayMs++) histogram.add(delayMs);

    const { p50, p95, max } = histogram.summary()!;

    expect(p50).toBeGreaterThanOrEqual(500);
    expect(p50).toBeLessThan(550);
    expect(p95).toBeGreaterThanOrEqual(950);
    expect(max).toBe(1_000);
  });

  it("takes any number", () => {
    const histogram = new DelayHistogram();
    for (const delayMs of [-5, 0, 1e12, Number.NaN]) histogram.add(delayMs);

    expect(histogram.summary()?.p50).toBeGreaterThanOrEqual(0);
  });
});
