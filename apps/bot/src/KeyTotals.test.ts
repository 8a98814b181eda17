import type { CallStatistics } from "@conclave/call";
import { signal, type WritableSignal } from "@conclave/kit";
import { beforeEach, describe, expect, it } from "vitest";

import { KeyTotals } from "./KeyTotals.ts";

let totals: KeyTotals;
beforeEach(() => {
  totals = new KeyTotals();
});

describe("KeyTotals", () => {
  it("adds the calls up, and leaves out reasons that did not occur", () => {
    totals.begin(statistics({ keysCreated: 3, keysInstalled: 5, keysRejected: { not_a_member: 2, cleartext: 0 } }));
    totals.end();
    totals.begin(statistics({ keysCreated: 1, keysInstalled: 4, keysRejected: { not_a_member: 1, malformed: 1 } }));
    totals.end();

    expect(totals.read()).toEqual({
      created: 4,
      sent: 0,
      installed: 9,
      rejected: { not_a_member: 3, malformed: 1 },
    });
  });

  it("counts a running call as far as it has come, however often it is asked", () => {
    const running = statistics({ keysCreated: 1, keysInstalled: 2, keysRejected: { malformed: 1 } });
    totals.begin(running);
    totals.read();
    running.set({ ...running.get(), keysCreated: 2, keysInstalled: 7 });

    expect(totals.read()).toEqual(totals.read());
    expect(totals.read()).toEqual({ created: 2, sent: 0, installed: 7, rejected: { malformed: 1 } });
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

  it("counts messages whether or not a call runs, for they go out before a join is over", () => {
    totals.noteSent(3);
    totals.begin(statistics({}));
    totals.noteSent(4);
    totals.end();

    expect(totals.read().sent).toBe(7);
  });
});

function statistics(counted: Partial<CallStatistics>): WritableSignal<CallStatistics> {
  return signal<CallStatistics>({
    framesDecrypted: 0,
    framesUndecryptable: 0,
    framesReplayed: 0,
    framesPassedPlain: 0,
    framesEncrypted: 0,
    framesDroppedNoKey: 0,
    keysInstalled: 0,
    keysRejected: {},
    ownKeyIndex: undefined,
    keysCreated: 0,
    ...counted,
  });
}
