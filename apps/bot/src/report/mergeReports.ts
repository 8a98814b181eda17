import { toHomeserverClock } from "./clockOffset.ts";
import { completeReport } from "./completeReport.ts";
import { ReportError } from "./errors.ts";
import { joinWords } from "./words.ts";
import type { ShardFacts, SwarmReport } from "./swarmReport.ts";

/**
 * One report of all machines of a run, judged anew over the union: the same numbers as one machine with all bots would
 * have given. Instants are moved to the homeserver's clock by each machine's measured offset.
 *
 * @throws {ReportError} `other_run`, `shard_missing`, `shard_doubled`, `already_merged`
 */
export function mergeReports(reports: readonly SwarmReport[]): SwarmReport {
  const [first] = reports;
  if (first === undefined) throw new ReportError("shard_missing", "There is no report to merge.");
  for (const report of reports) requireSameRun(first, report);
  requireAllShards(reports.map(shardOf));
  const offsets = botOffsets(reports);
  const moved = reports
    .toSorted((a, b) => shardOf(a).index - shardOf(b).index)
    .map((report) => toHomeserverClock(report, (bot) => offsets.get(bot) ?? 0));
  const endedAtMs = Math.max(...moved.map((report) => report.endedAtMs));
  const keyMessages = moved.flatMap((report) => (report.keyMessages ?? []).map(withShard(report)));
  return completeReport({
    scenario: first.scenario,
    seed: first.seed,
    target: first.target,
    clock: "homeserver",
    shards: moved.flatMap(({ shards }) => shards),
    startedAtMs: Math.min(...moved.map((report) => report.startedAtMs)),
    endedAtMs,
    bots: moved.flatMap((report) => report.bots.map((bot) => endAtShardsEnd(bot, report.endedAtMs, endedAtMs))),
    resources: moved.flatMap((report) => report.resources.map(withShard(report))),
    ...(keyMessages.length === 0 ? {} : { keyMessages }),
    counters: mergeCounters(moved),
    findings: moved.flatMap(({ findings }) => findings),
  });
}

function shardOf(report: SwarmReport): ShardFacts {
  const [shard, second] = report.shards;
  if (shard === undefined || second !== undefined || report.clock !== "machine") {
    throw new ReportError(
      "already_merged",
      "One of the reports is a merged one already: merge the shards' own reports.",
    );
  }
  return shard;
}

function requireSameRun(first: SwarmReport, report: SwarmReport): void {
  if (report.seed !== first.seed) differs(`seeds ("${first.seed}" and "${report.seed}")`);
  if (shardOf(report).count !== shardOf(first).count) differs("numbers of shards");
  if (JSON.stringify(sortKeys(report.scenario)) !== JSON.stringify(sortKeys(first.scenario))) differs("scenarios");
}

function differs(what: string): never {
  throw new ReportError("other_run", `The reports are not of one run: their ${what} differ.`);
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sortKeys(inner)]),
  );
}

function requireAllShards(shards: readonly ShardFacts[]): void {
  const seen = new Set<number>();
  for (const { index, count } of shards) {
    if (seen.has(index)) throw new ReportError("shard_doubled", `Shard ${index} of ${count} is there twice.`);
    seen.add(index);
  }
  const count = shards[0]?.count ?? 0;
  const missing = Array.from({ length: count }, (_, index) => index + 1).filter((index) => !seen.has(index));
  if (missing.length === 0) return;
  const [noun, verb] = missing.length === 1 ? ["Shard", "is"] : ["Shards", "are"];
  const listed =
    missing.length > 10 ? [...missing.slice(0, 10).map(String), `${missing.length - 10} more`] : missing.map(String);
  throw new ReportError("shard_missing", `${noun} ${joinWords(listed)} of ${count} ${verb} missing.`);
}

function botOffsets(reports: readonly SwarmReport[]): ReadonlyMap<number, number> {
  const offsets = new Map<number, number>();
  for (const report of reports) {
    for (const { number } of report.bots) {
      if (offsets.has(number))
        throw new ReportError("other_run", `Bot ${number} is in two shards, so they are not of one run.`);
      offsets.set(number, shardOf(report).clockOffsetMs);
    }
  }
  return offsets;
}

/** Bots of a machine that ended earlier were gone from then on. */
function endAtShardsEnd(bot: SwarmReport["bots"][number], endMs: number, runEndMs: number): typeof bot {
  if (endMs >= runEndMs) return bot;
  return {
    ...bot,
    stays: bot.stays.map((stay) =>
      stay.leftAtMs === undefined && stay.joinedAtMs !== undefined ? { ...stay, leftAtMs: endMs } : stay,
    ),
    sent: bot.sent.map((interval) => (interval.toMs === undefined ? { ...interval, toMs: endMs } : interval)),
  };
}

function withShard(report: SwarmReport): <T extends object>(item: T) => T & { shard: number } {
  const shard = report.shards[0]?.index ?? 1;
  return (item) => ({ ...item, shard });
}

/** Servers are shared: each machine that asked them got running totals, of which the highest is the last. */
function mergeCounters(reports: readonly SwarmReport[]): SwarmReport["counters"] {
  const merged: SwarmReport["counters"] = {};
  for (const part of ["homeserver", "sfu"] as const) {
    const all = reports.flatMap(({ counters }) => Object.entries(counters[part] ?? {}));
    if (all.length === 0) continue;
    const highest: Record<string, number> = {};
    for (const [name, value] of all) highest[name] = Math.max(highest[name] ?? value, value);
    merged[part] = highest;
  }
  return merged;
}
