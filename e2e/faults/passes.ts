import { expect } from "vitest";

const MARGIN_MS = 10_000;

/** Lets a fault last: resolves when so much time has passed since `sinceMs`, by the wall clock. */
export async function passes(durationMs: number, sinceMs: number = Date.now()): Promise<void> {
  const options = { timeout: durationMs + MARGIN_MS, interval: 20 };
  await expect.poll(() => Date.now() - sinceMs, options).toBeGreaterThanOrEqual(durationMs);
}
