import { judgePairs, type Judgement, type PairVerdict } from "../judgePairs.ts";
import { isDecrypted } from "../judgePairs.ts";
import { Swarm } from "../Swarm.ts";
import type { SwarmReport } from "../swarmReport.ts";

/** A report with what its page needs to know besides. */
export interface View {
  readonly report: SwarmReport;
  readonly swarm: Swarm;
  readonly judgement: Judgement;
  readonly decrypted: readonly PairVerdict[];
  /** Bots that were told to join, and those that got in at least once. */
  readonly people: number;
  readonly joined: number;
}

export function toView(report: SwarmReport): View {
  const swarm = new Swarm(report.bots, { endMs: report.endedAtMs, graceMs: report.scenario.graceMs });
  const judgement = judgePairs(swarm);
  const asked = report.bots.filter(({ stays }) => stays.length > 0);
  return {
    report,
    swarm,
    judgement,
    decrypted: judgement.pairs.filter(isDecrypted),
    people: asked.length,
    joined: asked.filter(({ stays }) => stays.some(({ joinedAtMs }) => joinedAtMs !== undefined)).length,
  };
}
