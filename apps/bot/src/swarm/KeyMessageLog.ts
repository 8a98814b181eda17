import type { BotReport } from "../model.ts";
import type { SwarmRun } from "../report/index.ts";

type Samples = NonNullable<SwarmRun["keyMessages"]>;

/** How many key messages all bots have sent so far, over time. */
export class KeyMessageLog {
  readonly #samples: Samples[number][] = [];

  note(atMs: number, bots: readonly BotReport[]): void {
    const sent = bots.reduce((sum, { keys }) => sum + keys.sent, 0);
    this.#samples.push({ atMs, sent });
  }

  samples(): Samples {
    return [...this.#samples];
  }
}
