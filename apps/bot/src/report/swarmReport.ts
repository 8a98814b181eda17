import { z } from "zod";

import type { BotReport, Finding } from "../model.ts";
import { botReportSchema, findingSchema } from "./botSchema.ts";
import { ReportError } from "./errors.ts";

/** Raised with each change that older readers would misread. */
export const REPORT_VERSION = 1;

const count = z.number().int().min(0);

const machineSchema = z.object({
  /** Model of the processor as the operating system names it. */
  cpu: z.string(),
  cores: count,
  memoryBytes: count,
  /** Version of Node. */
  node: z.string(),
  /** For example `linux x64`. */
  platform: z.string(),
});

const shardSchema = z
  .object({
    /** From 1. */
    index: z.number().int().min(1),
    count: z.number().int().min(1),
    machine: machineSchema,
    startedAtMs: z.number(),
    endedAtMs: z.number(),
    /** What this machine's clock lacks to the homeserver's, ms: instant at the homeserver = own instant + offset. */
    clockOffsetMs: z.number(),
    /** Frames that this machine itself was too slow to check. Any above 0 makes the run void. */
    sinkLosses: count,
    /** The longest time at one go that a process of bots was not free, ms. Seconds of it make the run void. */
    longestLagMs: z.number().min(0).exactOptional(),
  })
  .refine((shard) => shard.index <= shard.count, { error: "is higher than the number of shards", path: ["index"] });

const resourceSchema = z.object({
  atMs: z.number(),
  /** `sfu`, `conclave`, `homeserver`, `bots`, `browsers`, …; all processes of that part together. */
  part: z.string(),
  /** Processor time since the part started, ms. */
  cpuMs: z.number().min(0),
  rssBytes: z.number().min(0),
  /** Set by a merge: the shard's index. */
  shard: z.number().int().min(1).exactOptional(),
});

/** `MetricValue` of `../scenario/metrics.ts`. */
const metricSchema = z.object({
  value: z.number().exactOptional(),
  p50: z.number().exactOptional(),
  p95: z.number().exactOptional(),
  max: z.number().exactOptional(),
  count: z.number().exactOptional(),
  unit: z.enum(["ms", "count", "share", "us", "bytes"]),
});

const expectationSchema = z.object({
  /** As the scenario writes it, for example `first-frame.p95<2s`. */
  text: z.string(),
  holds: z.boolean(),
  /** What came out, in one sentence. */
  sentence: z.string(),
});

const faultSchema = z.object({
  cause: z.string(),
  side: z.string(),
  /** How many expected streams it explains. */
  streams: count,
  /** The receiver and sender of up to 50 of them. */
  examples: z.array(z.object({ receiver: count, sender: count, kind: z.enum(["audio", "video"]) })),
  sentence: z.string(),
});

const swarmReportSchema = z.object({
  version: z.literal(REPORT_VERSION),
  /** The scenario with all its defaults filled in; no tokens or passwords. */
  scenario: z.looseObject({
    name: z.string(),
    /** Reports of before that have none: they were judged with the default. */
    graceMs: z.number().optional(),
    expect: z.array(z.looseObject({ text: z.string() })),
  }),
  seed: z.string(),
  /** `embedded`, or what kind of host: `loopback`, `private`, `own`. */
  target: z.string(),
  /** One in the report of one machine, all of them after a merge. */
  shards: z.array(shardSchema).min(1),
  /** Whose clock all instants are by. */
  clock: z.enum(["machine", "homeserver"]),
  startedAtMs: z.number(),
  endedAtMs: z.number(),
  bots: z.array(botReportSchema),
  resources: z.array(resourceSchema),
  /** What the servers count of themselves, by the servers' own names. */
  counters: z.object({
    homeserver: z.record(z.string(), z.number()).exactOptional(),
    sfu: z.record(z.string(), z.number()).exactOptional(),
  }),
  /** Key messages that all bots have sent so far, over time: what one change costs follows from it. */
  keyMessages: z
    .array(z.object({ atMs: z.number(), sent: count, shard: z.number().int().min(1).exactOptional() }))
    .exactOptional(),
  findings: z.array(findingSchema),
  /** Why streams were not as expected, dearest first. */
  faults: z.array(faultSchema),
  metrics: z.record(z.string(), metricSchema),
  expectations: z.array(expectationSchema),
  /** True if the swarm itself was at its limit, so that its numbers say nothing about the installation. */
  isVoid: z.boolean(),
  voidReason: z.string().exactOptional(),
});

/** What one run found: the content of `report.json`. Instants in ms since 1970. */
export type SwarmReport = z.output<typeof swarmReportSchema>;
export type ShardFacts = z.output<typeof shardSchema>;
export type ResourceSample = z.output<typeof resourceSchema>;
export type Metrics = Readonly<Record<string, z.output<typeof metricSchema>>>;
export type ExpectationVerdict = z.output<typeof expectationSchema>;
export type FaultRecord = z.output<typeof faultSchema>;

/** What is known once a run has ended, before anything is judged. */
export type SwarmRun = Omit<
  SwarmReport,
  "version" | "scenario" | "bots" | "findings" | "faults" | "metrics" | "expectations" | "isVoid" | "voidReason"
> & {
  readonly scenario: {
    readonly name: string;
    readonly graceMs?: number | undefined;
    readonly expect: readonly { readonly text: string }[];
  };
  readonly bots: readonly BotReport[];
  /** Of the run itself; those of bots are added. */
  readonly findings: readonly Finding[];
};

/**
 * Reads `report.json` back.
 *
 * @throws {ReportError} `bad_report` with one sentence for each fault; `other_version`
 */
export function parseSwarmReport(text: string): SwarmReport {
  const json = parseJson(text);
  const version = z.object({ version: z.number() }).safeParse(json);
  if (version.success && version.data.version !== REPORT_VERSION) {
    throw new ReportError(
      "other_version",
      `The report is of version ${version.data.version}, and this program reads version ${REPORT_VERSION}: use the program that wrote it.`,
    );
  }
  const result = swarmReportSchema.safeParse(json);
  if (result.success) return result.data;
  throw new ReportError("bad_report", result.error.issues.map(describeIssue).join("\n"));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ReportError("bad_report", "The report is not JSON: was it cut off while it was written?", { cause });
  }
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const place = issue.path.length === 0 ? "The report" : `The report's ${issue.path.map(String).join(".")}`;
  return `${place} is wrong: ${issue.message.charAt(0).toLowerCase()}${issue.message.slice(1)}.`;
}
