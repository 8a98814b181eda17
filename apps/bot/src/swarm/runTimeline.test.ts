import { Scope } from "@conclave/kit";
import { FakeClock } from "@conclave/kit/testing";
import { beforeEach, describe, expect, it } from "vitest";

import { runTimeline } from "./runTimeline.ts";

let clock: FakeClock;
let scope: Scope;
let done: string[];

beforeEach(() => {
  clock = new FakeClock();
  scope = new Scope();
  done = [];
});

describe("runTimeline", () => {
  it("performs each act at its time and ends when the time is over", async () => {
    const running = run();

    await clock.advance(999);
    expect(done).toEqual(["at 0"]);
    await clock.advance(1);
    expect(done).toEqual(["at 0", "at 1000", "at 1000"]);
    await clock.advance(4_000);

    await running;
    expect(clock.pendingTimers).toBe(0);
  });

  it("stops at once when its scope ends", async () => {
    const running = run();
    await clock.advance(10);

    await scope.end();

    await running;
    expect([done, clock.pendingTimers]).toEqual([["at 0"], 0]);
  });
});

function run(): Promise<void> {
  const acts = [{ atMs: 0 }, { atMs: 1_000 }, { atMs: 1_000 }];
  return runTimeline({ clock, perform }, { acts, endsAtMs: 5_000 }, scope);
}

function perform({ atMs }: { readonly atMs: number }): void {
  done.push(`at ${atMs}`);
}
