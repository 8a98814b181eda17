import type { Finding } from "../model.ts";
import { judge, parseExpectation } from "../scenario/expectations.ts";
import { type Fault, judgePairs } from "./judgePairs.ts";
import { findLateKeys } from "./lateKeys.ts";
import { sum } from "./quantiles.ts";
import { findMissingRotations, findReadsOfPast, leavesToLast, readsOfPast } from "./rotation.ts";
import { longestLag, STARVED_MS, summarise } from "./summarise.ts";
import { Swarm } from "./Swarm.ts";
import {
  type ExpectationVerdict,
  type FaultRecord,
  type Metrics,
  REPORT_VERSION,
  type SwarmReport,
  type SwarmRun,
} from "./swarmReport.ts";
import { counted, formatDuration } from "./words.ts";

const MAX_EXAMPLES = 50;
/** Codes that judging adds; they are left out when a report is judged again. */
const JUDGED_CODES: ReadonlySet<string> = new Set(["rotation_missing", "past_readable", "key_late"]);

/**
 * Judges a run: why streams were not as expected, who could read what it should not, the metrics, and whether the
 * scenario's expectations held. Of a run over several machines only after the merge.
 */
export function completeReport(run: SwarmRun): SwarmReport {
  const swarm = new Swarm(run.bots, { endMs: run.endedAtMs, graceMs: run.scenario.graceMs });
  const judgement = judgePairs(swarm);
  const metrics = summarise(run, swarm, judgement);
  const voidReason = explainVoid(run);
  return {
    ...run,
    version: REPORT_VERSION,
    scenario: { ...run.scenario, expect: run.scenario.expect.map((expectation) => ({ ...expectation })) },
    bots: swarm.bots.map((bot) => structuredClone(bot)) as SwarmReport["bots"],
    findings: collectFindings(run, swarm),
    faults: judgement.faults.map(toRecord),
    metrics,
    expectations: run.scenario.expect.map(({ text }) => judgeText(text, metrics)),
    ...(voidReason === undefined ? { isVoid: false } : { isVoid: true, voidReason }),
  };
}

const REMEDY = "so the numbers say nothing about the installation: use fewer bots or more machines.";

function explainVoid({ shards }: Pick<SwarmRun, "shards">): string | undefined {
  const losses = sum(shards.map(({ sinkLosses }) => sinkLosses));
  if (losses > 0)
    return `The machine that ran the bots was too slow to look at ${counted(losses, "frame")} in time, ${REMEDY}`;
  const lagMs = longestLag(shards);
  return lagMs < STARVED_MS
    ? undefined
    : `The machine that ran the bots kept them waiting for up to ${formatDuration(lagMs)} at a time, ${REMEDY}`;
}

function collectFindings(run: SwarmRun, swarm: Swarm): Finding[] {
  const told = [...run.findings, ...run.bots.flatMap(({ findings }) => findings)];
  const judged = [
    ...findMissingRotations(leavesToLast(swarm)),
    ...findReadsOfPast(readsOfPast(swarm)),
    ...findLateKeys(swarm),
  ];
  const all = [...told.filter(({ code }) => !JUDGED_CODES.has(code)), ...judged];
  const distinct = new Map(
    all.map((finding) => [JSON.stringify([finding.atMs, finding.bot, finding.code, finding.sentence]), finding]),
  );
  return [...distinct.values()].toSorted((a, b) => a.atMs - b.atMs || (a.bot ?? -1) - (b.bot ?? -1));
}

function toRecord({ cause, side, sentence, judged }: Fault): FaultRecord {
  const examples = judged
    .slice(0, MAX_EXAMPLES)
    .map(({ expected: { receiver, sender, kind } }) => ({ receiver, sender, kind }));
  return { cause, side, streams: judged.length, examples, sentence };
}

function judgeText(text: string, metrics: Metrics): ExpectationVerdict {
  const parsed = parseExpectation(text);
  if (!parsed.isSound) return { text, holds: false, sentence: `The expectation ${parsed.fault}` };
  const { isHeld, shown } = judge(parsed.expectation, metrics);
  return { text, holds: isHeld, sentence: shown };
}
