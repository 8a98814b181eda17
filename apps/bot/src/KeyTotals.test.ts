import { type CallStatistics, NO_CALL_STATISTICS } from "@conclave/call";
import { signal, type WritableSignal } from "@conclave/kit";
import { beforeEach, describe, expect, it } from "vitest";

import { KeyTotals } from "./KeyTotals.ts";

let totals: KeyTotals;
beforeEach(() => {
  totals = new KeyTotals();
});

describe("KeyTotals", () => {
  it("adds the calls up, and leaves out reasons that did not occur", () => {
    totals.begin(
      statistics({ keysCreated: 3, keysSent: 8, keysInstalled: 5, keysRejected: { not_a_member: 2, cleartext: 0 } }),
    );
    totals.end();
    totals.begin(
      statistics({ keysCreated: 1, keysSent: 2, keysInstalled: 4, keysRejected: { not_a_member: 1, malformed: 1 } }),
    );
    totals.end();

    expect(totals.read()).toEqual({
      created: 4,
      sent: 10,
      installed: 9,
      rejected: { not_a_member: 3, malformed: 1 },
    });
  });

  it("counts a running call as far as it has come, however often it is asked", () => {
    const running = statistics({ keysCreated: 1, keysInstalled: 2, keysRejected: { malformed: 1 } });
    totals.begin(running);
    totals.read();
    running.set({ ...running.get(), keysCreated: 2, keysSent: 1, keysInstalled: 7 });

    expect(totals.read()).toEqual(totals.read());
    expect(totals.read()).toEqual({ created: 2, sent: 1, installed: 7, rejected: { malformed: 1 } });
  });

  it("counts a call once, also if its end is told twice or not at all", () => {
    totals.begin(statistics({ keysCreated: 2 }));
    totals.end();
    totals.end();
    totals.begin(statistics({ keysCreated: 10 }));
    totals.begin(statistics({ keysCreated: 100 }));

    expect(totals.read().created).toBe(112);
  });

  it("takes nothing more from a call that has ended", () => {
    const ended = statistics({ keysInstalled: 2 });
    totals.begin(ended);
    totals.end();
    ended.set({ ...ended.get(), keysInstalled: 50 });

    expect(totals.read().installed).toBe(2);
  });
});

function statistics(counted: Partial<CallStatistics>): WritableSignal<CallStatistics> {
  return signal<CallStatistics>({ ...NO_CALL_STATISTICS, ...counted });
}
