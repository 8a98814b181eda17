import { FakeClock } from "@conclave/kit/testing";
import { beforeEach, describe, expect, it } from "vitest";

import { Pacer } from "./Pacer.ts";

let clock: FakeClock;
let pacer: Pacer;

beforeEach(() => {
  clock = new FakeClock();
  pacer = new Pacer(clock);
});

/** Notes when it runs; `periodMs` apart. */
function metronome(periodMs: number): { readonly times: number[]; run(): number } {
  const times: number[] = [];
  return {
    times,
    run: () => {
      times.push(clock.monotonicMs());
      return periodMs;
    },
  };
}

describe("Pacer", () => {
  it("runs each at its own pace, with one timer", async () => {
    const [fast, slow] = [metronome(20), metronome(50)];
    pacer.add(fast);
    pacer.add(slow);

    expect(clock.pendingTimers).toBe(1);
    await clock.advance(1_000);

    expect(fast.times).toHaveLength(50);
    expect(slow.times).toHaveLength(20);
    expect(clock.pendingTimers).toBe(1);
  });

  it("keeps a rhythm on average that is no multiple of a tick", async () => {
    const film = metronome(1_000 / 30);
    pacer.add(film);

    await clock.advance(10_000);

    expect(film.times.length).toBeGreaterThanOrEqual(299);
    expect(film.times.length).toBeLessThanOrEqual(301);
  });

  it("catches up after a short delay, and does not after a long one", async () => {
    const late = new LateClock();
    const latePacer = new Pacer(late);
    let runs = 0;
    latePacer.add({ run: () => (runs += 1) && 20 });

    late.jump(210);
    for (let tick = 0; tick < 40; tick++) late.jump(10);
    expect(runs).toBe(31);
    late.jump(5_000);
    late.jump(10);

    expect(runs).toBeLessThanOrEqual(33);
  });

  it("leaves no timer behind when all are gone, and starts again", async () => {
    const first = metronome(20);
    const remove = pacer.add(first);
    await clock.advance(100);

    remove();
    remove();
    expect(clock.pendingTimers).toBe(0);
    const count = first.times.length;
    const second = metronome(20);
    pacer.add(second);
    await clock.advance(100);

    expect(first.times).toHaveLength(count);
    expect(second.times).toHaveLength(5);
  });

  it("lets an entry remove itself while it runs", async () => {
    let runs = 0;
    const remove = pacer.add({
      run: () => {
        runs += 1;
        remove();
        return 10;
      },
    });

    await clock.advance(100);

    expect(runs).toBe(1);
    expect(clock.pendingTimers).toBe(0);
  });
});

/** A clock whose timers come late: it moves first and calls afterwards, as a busy process does. */
class LateClock {
  #nowMs = 0;
  #timer: (() => void) | undefined;

  nowMs(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  after(_delayMs: number, run: () => void): () => void {
    this.#timer = run;
    return () => (this.#timer = undefined);
  }

  jump(byMs: number): void {
    this.#nowMs += byMs;
    const timer = this.#timer;
    this.#timer = undefined;
    timer?.();
  }
}
