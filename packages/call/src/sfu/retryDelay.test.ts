import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { retryDelayMs } from "./retryDelay.ts";

const noJitter = (lengthBytes: number): Uint8Array => new Uint8Array(lengthBytes);

describe("retryDelayMs", () => {
  it("doubles up to a second and becomes patient after a minute", () => {
    expect([0, 1, 2, 3, 59, 60, 10_000].map((failures) => retryDelayMs(failures, noJitter))).toEqual([
      250, 500, 1_000, 1_000, 1_000, 5_000, 5_000,
    ]);
  });

  it("never takes more than a quarter off", () => {
    fc.assert(
      fc.property(fc.nat(1_000), fc.integer({ min: 0, max: 255 }), (failures, byte) => {
        const delayMs = retryDelayMs(failures, () => Uint8Array.of(byte));
        const plainMs = retryDelayMs(failures, noJitter);
        expect(delayMs).toBeLessThanOrEqual(plainMs);
        expect(delayMs).toBeGreaterThanOrEqual(plainMs * 0.75);
      }),
    );
  });
});
