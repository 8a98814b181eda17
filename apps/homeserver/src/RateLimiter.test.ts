import { FakeClock } from "@conclave/kit/testing";
import { array, assert, asyncProperty, integer } from "fast-check";
import { expect, test } from "vitest";

import { RateLimiter } from "./RateLimiter.ts";

function tries(limiter: RateLimiter, key: string): boolean {
  try {
    limiter.take(key);
    return true;
  } catch {
    return false;
  }
}

test("never lets more through than the burst and what has refilled since", async () => {
  const steps = array(integer({ min: 0, max: 5_000 }), { maxLength: 60 });
  await assert(
    asyncProperty(steps, async (waitsMs) => {
      const clock = new FakeClock();
      const limiter = new RateLimiter(clock, { burst: 3, perSecond: 2 });
      let passed = 0;
      for (const waitMs of waitsMs) {
        await clock.advance(waitMs);
        if (tries(limiter, "a")) passed += 1;
      }

      expect(passed).toBeLessThanOrEqual(3 + (clock.monotonicMs() / 1_000) * 2 + 1e-6);
    }),
    { numRuns: 30 },
  );
});

test("tells exactly how long to wait", async () => {
  const clock = new FakeClock();
  const limiter = new RateLimiter(clock, { burst: 1, perSecond: 2 });
  limiter.take("a");

  expect(() => limiter.take("a")).toThrow(expect.objectContaining({ fields: { retry_after_ms: 500 } }));
  await clock.advance(500);

  expect(tries(limiter, "a")).toBe(true);
});

test("remembers a bounded number of keys and forgets the quietest first", () => {
  const limiter = new RateLimiter(new FakeClock(), { burst: 1, perSecond: 0.001 });
  limiter.take("quiet");
  for (let n = 0; n < 9_998; n++) limiter.take(`user${n}`);
  limiter.take("busy");
  limiter.take("newcomer");

  expect(limiter.keys).toBe(10_000);
  expect(tries(limiter, "quiet")).toBe(true);
  expect(tries(limiter, "busy")).toBe(false);
});
