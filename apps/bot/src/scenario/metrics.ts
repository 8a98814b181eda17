/** What a metric's numbers are. A share is 1 for all; of a processor, 1 for one whole core. */
export type MetricUnit = "ms" | "count" | "share" | "us" | "bytes";

/** Numbers of many measurements. */
export type MetricStat = "p50" | "p95" | "max" | "count";

export interface MetricKind {
  readonly id: string;
  readonly unit: MetricUnit;
  /** True if it was measured many times and has the stats; false if it is one `value`. */
  readonly isDistribution: boolean;
  readonly better: "lower" | "higher";
  /** One line for a person. */
  readonly meaning: string;
}

/** What was measured. Absent numbers were not measured. */
export interface MetricValue {
  readonly value?: number;
  readonly p50?: number;
  readonly p95?: number;
  readonly max?: number;
  readonly count?: number;
  readonly unit: MetricUnit;
}

export const METRIC_STATS = ["p50", "p95", "max", "count"] as const satisfies readonly MetricStat[];

/** Everything that a report measures and that an expectation can name. Ids are API. */
export const METRICS = [
  one(
    "pairs",
    "share",
    "higher",
    "expected pairs of sender's track and receiver that were decrypted in time, each frame that came the right one",
  ),
  many("first-frame", "ms", "asked to join until the first decrypted frame of somebody who was sending"),
  many("join", "ms", "asked to join until joined: granted, signalled and announced"),
  many("first-key", "ms", "asked to join until the first key of somebody else is held"),
  one("undecryptable", "count", "lower", "frames that arrived and could not be decrypted"),
  one("missing", "share", "lower", "frames that were sent to a receiver and never arrived"),
  one("replayed", "count", "lower", "frames that arrived a second time"),
  one("plaintext", "count", "lower", "frames that were readable without a key in an encrypted room"),
  one("foreign", "count", "lower", "frames that decrypted, but were made by another sender than signalled"),
  one("spoiled", "count", "lower", "frames that decrypted, but whose content is not what was sent"),
  many("delay", "ms", "sender's stamp until the receiver's check of a frame"),
  many("gap", "ms", "longest time between two right frames of a track that was being sent"),
  many("leave-to-last", "ms", "somebody left until the last frame sent that it could still decrypt"),
  one(
    "past-readable",
    "count",
    "lower",
    "streams of which somebody could decrypt what was sent more than 10 s before it joined",
  ),
  many("key-messages", "count", "key messages for one change of who is in the call"),
  one("failed-joins", "count", "lower", "joins that were asked for and failed"),
  one("crashes", "count", "lower", "bots that crashed"),
  many("sfu-cpu", "share", "processor of the SFU, as a share of one core"),
  many("bots-cpu", "share", "processor of all bots, as a share of one core"),
  many("homeserver-cpu", "share", "processor of the homeserver, as a share of one core"),
  many("memory", "bytes", "resident memory of the bots and of the servers that the command started"),
  one("sink-losses", "count", "lower", "frames that the swarm itself lost: its own overload, not the installation's"),
  one("void", "count", "lower", "1 if the run proves nothing, because the swarm itself was the limit"),
] as const satisfies readonly MetricKind[];

export type MetricId = (typeof METRICS)[number]["id"];

/** The metric of that id. */
export function metricOf(id: string): (typeof METRICS)[number] | undefined {
  return METRICS.find((metric) => metric.id === id);
}

function one<const Id extends string>(id: Id, unit: MetricUnit, better: MetricKind["better"], meaning: string) {
  return { id, unit, isDistribution: false, better, meaning };
}

/** Of what is measured many times, less is better. */
function many<const Id extends string>(id: Id, unit: MetricUnit, meaning: string) {
  return { id, unit, isDistribution: true, better: "lower" as const, meaning };
}
