import { FakeClock } from "@conclave/kit/testing";
import { expect, it } from "vitest";

import type { DelayId } from "../ids.ts";
import { LeaveRestarts, type RestartAnswer } from "./LeaveRestarts.ts";

const delayId = "d1" as DelayId;

it("keeps at most three restarts under way and gives up the oldest", async () => {
  const clock = new FakeClock();
  const signals: AbortSignal[] = [];
  const restartDelayed = (_delayId: DelayId, signal?: AbortSignal): Promise<void> => {
    signals.push(signal!);
    return new Promise(() => {});
  };
  const restarts = new LeaveRestarts({ matrix: { restartDelayed }, clock }, () => {});

  for (let round = 0; round < 5; round++) {
    const answer = restarts.ask(delayId, 2_000);
    await clock.advance(2_000);
    expect(await answer).toMatchObject({ outcome: "timed_out" });
  }

  expect(signals.map((signal) => signal.aborted)).toEqual([true, true, false, false, false]);
});

it("ends what is under way and tells who waits when it is aborted", async () => {
  const clock = new FakeClock();
  const signals: AbortSignal[] = [];
  const late: RestartAnswer[] = [];
  const restartDelayed = (_delayId: DelayId, signal?: AbortSignal): Promise<void> => {
    signals.push(signal!);
    return new Promise((_resolve, reject) => signal?.addEventListener("abort", () => reject(new Error("aborted"))));
  };
  const restarts = new LeaveRestarts({ matrix: { restartDelayed }, clock }, (answer) => late.push(answer));
  const answer = restarts.ask(delayId, 2_000);

  restarts.abort();
  await clock.advance(0);

  expect(await answer).toMatchObject({ outcome: "timed_out" });
  expect([signals[0]?.aborted, late, clock.pendingTimers]).toEqual([true, [], 0]);
});
