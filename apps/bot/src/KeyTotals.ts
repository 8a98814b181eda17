import type { CallStatistics } from "@conclave/call";
import { type ReadonlySignal, untracked } from "@conclave/kit";

import type { BotReport } from "./model.ts";

type KeyCounts = BotReport["keys"];

/** What became of keys in all calls of one bot: statistics begin and end with each call. */
export class KeyTotals {
  #ended: KeyCounts = { created: 0, sent: 0, installed: 0, rejected: {} };
  #running: ReadonlySignal<CallStatistics> | undefined;

  /** From here on a call counts. One that did before has ended. */
  begin(statistics: ReadonlySignal<CallStatistics>): void {
    this.end();
    this.#running = statistics;
  }

  /** What the call has counted is kept, and it counts no more. Does nothing if none does. */
  end(): void {
    this.#ended = this.read();
    this.#running = undefined;
  }

  read(): KeyCounts {
    const running = untracked(() => this.#running?.get());
    const rejected = { ...this.#ended.rejected };
    for (const [reason, count] of Object.entries(running?.keysRejected ?? {})) {
      if (count > 0) rejected[reason] = (rejected[reason] ?? 0) + count;
    }
    return {
      created: this.#ended.created + (running?.keysCreated ?? 0),
      sent: this.#ended.sent + (running?.keysSent ?? 0),
      installed: this.#ended.installed + (running?.keysInstalled ?? 0),
      rejected,
    };
  }
}
