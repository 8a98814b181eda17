import { expect, it } from "vitest";

import { ringSamples } from "./ringTone.ts";

const SAMPLE_RATE_HZ = 8_000;
const samples = ringSamples(SAMPLE_RATE_HZ);

function loudest(fromS: number, toS: number): number {
  return samples
    .subarray(fromS * SAMPLE_RATE_HZ, toS * SAMPLE_RATE_HZ)
    .reduce((most, one) => Math.max(most, Math.abs(one)), 0);
}

it("is quiet, but to be heard", () => {
  expect(loudest(0, 3)).toBeLessThan(0.1);
  expect(loudest(0, 0.5)).toBeGreaterThan(0.02);
});

it("pauses for most of the time, so that one can talk", () => {
  expect(samples.length / SAMPLE_RATE_HZ).toBe(3);
  expect(loudest(1.2, 3)).toBe(0);
});

it("loops without a click", () => {
  expect([samples[0], samples.at(-1)]).toEqual([0, 0]);
  const steps = samples.subarray(1).map((sample, index) => Math.abs(sample - (samples[index] ?? 0)));
  expect(steps.reduce((most, step) => Math.max(most, step))).toBeLessThan(0.06);
});
