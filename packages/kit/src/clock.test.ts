import { describe, expect, it } from "vitest";

import { sleep, steadyClock, systemClock } from "./clock.ts";
import { FakeClock } from "./testing/FakeClock.ts";

describe("systemClock", () => {
  it("calls back, and not at once", async () => {
    const order: string[] = [];
    const called = new Promise<void>((resolve) => {
      systemClock.after(0, () => {
        order.push("called");
        resolve();
      });
    });
    order.push("scheduled");

    await called;

    expect(order).toEqual(["scheduled", "called"]);
  });

  it("does not call what was cancelled", async () => {
    let isCalled = false;
    const cancel = systemClock.after(0, () => {
      isCalled = true;
    });

    cancel();
    await new Promise<void>((resolve) => {
      systemClock.after(1, resolve);
    });

    expect(isCalled).toBe(false);
  });

  it("does not fire at once when the delay is longer than timers can hold", async () => {
    let isCalled = false;
    const cancel = systemClock.after(2 ** 40, () => {
      isCalled = true;
    });

    await new Promise<void>((resolve) => {
      systemClock.after(2, resolve);
    });
    cancel();

    expect(isCalled).toBe(false);
  });

  it("tells the date and a time that does not go back", () => {
    const before = systemClock.monotonicMs();

    expect(systemClock.nowMs()).toBeGreaterThan(Date.UTC(2025, 0, 1));
    expect(systemClock.monotonicMs()).toBeGreaterThanOrEqual(before);
  });
});

describe("steadyClock", () => {
  it.each([-86_400_000, 86_400_000])("goes on evenly when the clock behind it is set by %i ms", async (jumpMs) => {
    const machine = new FakeClock();
    let setByMs = 0;
    const clock = steadyClock({
      nowMs: () => machine.nowMs() + setByMs,
      monotonicMs: () => machine.monotonicMs(),
      after: (delayMs, run) => machine.after(delayMs, run),
    });
    const startMs = clock.nowMs();

    setByMs = jumpMs;
    await machine.advance(1_500);

    expect([startMs, clock.nowMs() - startMs]).toEqual([machine.nowMs() - 1_500, 1_500]);
  });
});

it("tells whole milliseconds, as Matrix wants them in events", () => {
  let monotonicMs = 0;
  const clock = steadyClock({ nowMs: () => 1_000, monotonicMs: () => (monotonicMs += 0.3), after: () => () => {} });

  expect(Number.isInteger(clock.nowMs())).toBe(true);
});

describe("sleep", () => {
  it("resolves after the delay", async () => {
    const clock = new FakeClock();
    let isAwake = false;
    const asleep = (async () => {
      await sleep(clock, 1_000);
      isAwake = true;
    })();

    await clock.advance(999);
    expect(isAwake).toBe(false);
    await clock.advance(1);
    await asleep;

    expect(isAwake).toBe(true);
  });

  it("rejects with the reason and drops its timer when it is aborted", async () => {
    const clock = new FakeClock();
    const abort = new AbortController();
    const asleep = sleep(clock, 1_000, abort.signal);

    abort.abort(new Error("enough"));

    await expect(asleep).rejects.toThrow("enough");
    expect(clock.pendingTimers).toBe(0);
  });

  it("rejects at once when it is aborted already", async () => {
    const clock = new FakeClock();

    await expect(sleep(clock, 1_000, AbortSignal.abort(new Error("before")))).rejects.toThrow("before");
    expect(clock.pendingTimers).toBe(0);
  });
});

describe("FakeClock", () => {
  it("runs what falls due in order of time, then of scheduling", async () => {
    const clock = new FakeClock();
    const order: string[] = [];
    clock.after(20, () => order.push("c"));
    clock.after(10, () => order.push("a"));
    clock.after(10, () => order.push("b"));

    await clock.advance(20);

    expect(order).toEqual(["a", "b", "c"]);
  });

  it("runs what is scheduled on the way, at its own time", async () => {
    const clock = new FakeClock(0);
    const times: number[] = [];
    clock.after(10, () => clock.after(10, () => times.push(clock.nowMs())));

    await clock.advance(100);

    expect([times, clock.nowMs(), clock.monotonicMs()]).toEqual([[20], 100, 100]);
  });

  it("lets promises settle between two timers", async () => {
    const clock = new FakeClock();
    const order: string[] = [];
    clock.after(1, () => void Promise.resolve().then(() => order.push("promise of first")));
    clock.after(2, () => order.push("second"));

    await clock.advance(2);

    expect(order).toEqual(["promise of first", "second"]);
  });
});
