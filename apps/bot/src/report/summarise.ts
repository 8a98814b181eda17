import type { StreamReport } from "../model.ts";
import type { MetricId, MetricUnit, MetricValue } from "../scenario/metrics.ts";
import { listJoins } from "./joins.ts";
import { isDecrypted, type Judgement } from "./judgePairs.ts";
import { isListeningOn, undecryptableFrames } from "./keyless.ts";
import { keyMessagesPerChange } from "./keyMessages.ts";
import { distribution, quantile, sum } from "./quantiles.ts";
import { coreShares, toSeries, totalMemory } from "./resources.ts";
import { leavesToLast, readsOfPast } from "./rotation.ts";
import type { Swarm } from "./Swarm.ts";
import type { SwarmRun } from "./swarmReport.ts";

/** Bots that wait so long for their processor miss keys and lose memberships, which says nothing about a server. */
export const STARVED_MS = 2_000;

export function longestLag(shards: SwarmRun["shards"]): number {
  return Math.max(0, ...shards.map(({ longestLagMs = 0 }) => longestLagMs));
}

export type RunMetrics = Readonly<Record<MetricId, MetricValue>>;

/**
 * The numbers of a run. Depends on the union of all bots' reports only, never on which machine ran them:
 *
 * - `pairs`: of all expected streams (`expectedStreams`), the share that was decrypted within the grace and of which each
 *   frame that came was the right one; `count` is how many were expected.
 * - `first-frame`: per stay at whose joining somebody was sending, as asked to first decrypted frame (the engine's mark,
 *   else the witness's); a stay that never got one counts with all the time it waited. `first-key` likewise, any stay.
 * - `undecryptable`: see `undecryptableFrames`. `missing`: of the frames of expected streams, the share that never came.
 * - `replayed`, `plaintext`, `foreign`, `spoiled`: frames of all streams but those of junk senders.
 * - `delay`: median of the streams' medians, 95th percentile of their 95th percentiles, greatest of all.
 * - `gap`: of each expected stream the longest hole. `leave-to-last`: see `leavesToLast`.
 * - `past-readable`: streams (not frames) of which something older than 10 s before the join was read.
 * - processor shares are taken between each two samples of a machine; `memory` sums all parts.
 */
export function summarise(run: SwarmRun, swarm: Swarm, judgement: Judgement): RunMetrics {
  return {
    ...summariseStreams(swarm, judgement),
    ...summariseJoins(swarm),
    ...summariseResources(run),
    "leave-to-last": distribution(
      leavesToLast(swarm).map(({ durationMs }) => durationMs),
      "ms",
    ),
    "past-readable": one(readsOfPast(swarm).length),
    "key-messages": keyMessagesPerChange(swarm.bots, swarm.endMs, run.keyMessages),
  };
}

function summariseStreams(swarm: Swarm, { pairs }: Judgement) {
  const streams = swarm.expected.flatMap((expected) => {
    if (isListeningOn(swarm, expected.receiver)) return [];
    return swarm.stream(expected.receiver, expected.sender, expected.kind) ?? [];
  });
  const readable = swarm.bots.flatMap(({ received }) =>
    received.filter(({ from }) => swarm.bot(from)?.manners !== "junk_sender"),
  );
  const total = (name: Exclude<keyof StreamReport["counts"], "lost">): MetricValue =>
    one(sum(readable.map(({ counts }) => counts[name])));
  const decrypted = pairs.filter(isDecrypted).length;
  return {
    pairs: share(decrypted, pairs.length),
    undecryptable: one(sum(swarm.expected.map((expected) => undecryptableFrames(swarm, expected)))),
    missing: summariseMissing(streams),
    replayed: total("replayed"),
    plaintext: total("plaintext"),
    foreign: total("foreign"),
    spoiled: total("spoiled"),
    delay: summariseDelay(streams),
    gap: distribution(
      streams.filter(({ counts }) => counts.good > 0).map(({ longestGapMs }) => longestGapMs),
      "ms",
    ),
  };
}

function summariseMissing(streams: readonly StreamReport[]): MetricValue {
  const missing = sum(streams.map(({ counts }) => counts.missing));
  const arrived = sum(
    streams.map(
      ({ counts: c }) => c.good + c.spoiled + c.foreign + c.missingKey + c.authFailed + c.malformed + c.plaintext,
    ),
  );
  return share(missing, missing + arrived);
}

function summariseDelay(streams: readonly StreamReport[]): MetricValue {
  const delays = streams.flatMap(({ delayMs }) => delayMs ?? []);
  const p50 = quantile(
    delays.map((delay) => delay.p50),
    0.5,
  );
  const p95 = quantile(
    delays.map((delay) => delay.p95),
    0.95,
  );
  const max = quantile(
    delays.map((delay) => delay.max),
    1,
  );
  if (p50 === undefined || p95 === undefined || max === undefined) return { count: 0, unit: "ms" };
  return { p50, p95, max, count: delays.length, unit: "ms" };
}

function summariseJoins(swarm: Swarm) {
  const joins = listJoins(swarm);
  const crashed = swarm.bots.filter(({ findings }) => findings.some(({ code }) => code === "crashed"));
  return {
    "first-frame": distribution(
      joins.flatMap(({ firstFrameMs }) => firstFrameMs ?? []),
      "ms",
    ),
    join: distribution(
      joins.flatMap(({ joinMs }) => joinMs ?? []),
      "ms",
    ),
    "first-key": distribution(
      joins.flatMap(({ firstKeyMs }) => firstKeyMs ?? []),
      "ms",
    ),
    "failed-joins": one(joins.filter(({ isFailed }) => isFailed).length),
    crashes: one(crashed.length),
  };
}

function summariseResources({ resources, shards }: SwarmRun) {
  const series = toSeries(resources);
  const cpuOf = (part: string): MetricValue =>
    distribution(
      series.filter((one) => one.part === part).flatMap((one) => coreShares(one).map(({ value }) => value)),
      "share",
    );
  const losses = sum(shards.map(({ sinkLosses }) => sinkLosses));
  return {
    "sfu-cpu": cpuOf("sfu"),
    "bots-cpu": cpuOf("bots"),
    "homeserver-cpu": cpuOf("homeserver"),
    memory: distribution(totalMemory(series), "bytes"),
    "sink-losses": one(losses),
    void: one(losses > 0 || longestLag(shards) >= STARVED_MS ? 1 : 0),
  };
}

function one(value: number, unit: MetricUnit = "count"): MetricValue {
  return { value, unit };
}

function share(part: number, whole: number): MetricValue {
  return whole === 0 ? { count: 0, unit: "share" } : { value: part / whole, count: whole, unit: "share" };
}
