import { FakeClock } from "@conclave/kit/testing";
import { expect, it } from "vitest";

import { within } from "./within.ts";

it("passes on what comes in time and leaves no timer", async () => {
  const clock = new FakeClock();

  expect(await within(clock, 1_000, Promise.resolve(7))).toBe(7);
  expect(clock.pendingTimers).toBe(0);
});

it("gives up what does not come", async () => {
  const clock = new FakeClock();
  const waiting = within(clock, 1_000, new Promise<number>(() => {}));

  await clock.advance(1_000);

  expect(await waiting).toBeUndefined();
});
