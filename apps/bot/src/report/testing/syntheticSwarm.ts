import type { MediaKind } from "@conclave/frame-crypto";
import { seededRandom } from "@conclave/kit/testing";

import {
  type BotReport,
  type FrameCounts,
  type Manners,
  NO_FRAMES,
  type Sabotage,
  type StreamReport,
} from "../../model.ts";
import { expectedStreams } from "../expectedStreams.ts";
import type { ShardFacts, SwarmRun } from "../swarmReport.ts";

/** Noon of a day, so that instants are readable. */
export const START_MS = Date.UTC(2026, 0, 5, 12);
const FRAME_MS: Readonly<Record<MediaKind, number>> = { audio: 20, video: 50 };

export interface SyntheticBot {
  readonly talks?: boolean;
  readonly films?: boolean;
  readonly manners?: Manners;
  readonly sabotage?: Sabotage;
  /** Since `START_MS`; default half a second for each bot before it. */
  readonly askedMs?: number;
  /** Since `START_MS`; stays until the end otherwise. */
  readonly leftMs?: number;
}

export interface SyntheticOptions {
  readonly seed?: number;
  readonly durationMs?: number;
}

/**
 * What a swarm would report in which everything went well: who was sent to decrypted all of it. Faults are put in
 * afterwards with `changeStream` and `changeBot`.
 */
export function syntheticBots(specs: readonly SyntheticBot[], options: SyntheticOptions = {}): BotReport[] {
  const random = seededRandom(options.seed ?? 1);
  const endMs = START_MS + (options.durationMs ?? 60_000);
  const bots = specs.map((spec, number) => bareBot(spec, number, { endMs, random: random.next }));
  const expected = expectedStreams(bots, { endMs });
  return bots.map((bot) => ({
    ...bot,
    received: expected
      .filter(({ receiver }) => receiver === bot.number)
      .map(({ sender, kind, spans }) => goodStream(sender, kind, { spans, random: random.next })),
  }));
}

interface Making {
  readonly endMs: number;
  readonly random: () => number;
}

function bareBot(spec: SyntheticBot, number: number, { endMs, random }: Making): BotReport {
  const askedAtMs = START_MS + (spec.askedMs ?? number * 500);
  const at = (share: number): number => Math.round(askedAtMs + share * (300 + random() * 500));
  const announced = at(0.55);
  const leftAtMs = spec.leftMs === undefined ? undefined : START_MS + spec.leftMs;
  const kinds: MediaKind[] = [...(spec.talks ? (["audio"] as const) : []), ...(spec.films ? (["video"] as const) : [])];
  const toMs = leftAtMs ?? endMs;
  const marks = { granted: at(0.1), signalled: at(0.35), announced, first_key: at(0.8), first_frame: at(1) };
  return {
    number,
    tier: "protocol",
    manners: spec.manners ?? "polite",
    ...(spec.sabotage === undefined ? {} : { sabotage: spec.sabotage }),
    stays: [{ askedAtMs, joinedAtMs: announced, ...(leftAtMs === undefined ? {} : { leftAtMs }), marks }],
    sent: kinds.map((kind) => ({
      kind,
      fromMs: announced,
      ...(leftAtMs === undefined ? {} : { toMs: leftAtMs }),
      frames: Math.max(0, Math.floor((toMs - announced) / FRAME_MS[kind])),
    })),
    received: [],
    mediaBytes: { sent: 400_000 * kinds.length, received: 3_000_000 },
    keys: { created: 1 + Math.floor(random() * 4), sent: 100, installed: 40, rejected: {} },
    findings: [],
  };
}

interface Hearing {
  readonly spans: readonly { readonly fromMs: number; readonly toMs: number }[];
  readonly random: () => number;
}

function goodStream(from: number, kind: MediaKind, { spans, random }: Hearing): StreamReport {
  const startMs = spans[0]?.fromMs ?? START_MS;
  const endMs = spans.at(-1)?.toMs ?? START_MS;
  const delay = 8 + random() * 30;
  const firstPacketAtMs = Math.round(startMs + 50 + random() * 150);
  const firstKeyAtMs = Math.round(firstPacketAtMs + random() * 200);
  return {
    from,
    kind,
    signalledAtMs: Math.round(startMs + 10),
    firstPacketAtMs,
    firstKeyAtMs,
    firstDecryptedAtMs: firstKeyAtMs + 10,
    lastDecryptedAtMs: endMs - 10,
    lastPacketAtMs: endMs - 10,
    counts: { ...NO_FRAMES, good: Math.floor((endMs - firstKeyAtMs) / FRAME_MS[kind]) },
    keyState: "opens",
    delayMs: { p50: delay, p95: delay * 2, max: delay * 4 },
    longestGapMs: 60 + Math.round(random() * 200),
  };
}

export type StreamChange = {
  readonly [Name in Exclude<keyof StreamReport, "counts">]?: StreamReport[Name] | undefined;
} & {
  readonly counts?: Partial<FrameCounts>;
};

/** The same bots, with what one receiver (or `any`) tells of one sender (or `any`) changed; `"nothing"` takes it away. */
export function changeStream(
  bots: readonly BotReport[],
  receiver: number | "any",
  sender: number | "any",
  change: StreamChange | "nothing",
): BotReport[] {
  return bots.map((bot) => {
    if (receiver !== "any" && bot.number !== receiver) return bot;
    const received = bot.received.flatMap((stream) => {
      if (sender !== "any" && stream.from !== sender) return [stream];
      return change === "nothing" ? [] : [applyChange(stream, change)];
    });
    return { ...bot, received };
  });
}

/** An explicit `undefined` takes a member away. */
function applyChange(stream: StreamReport, { counts, ...rest }: StreamChange): StreamReport {
  const changed = { ...stream, ...rest, counts: { ...stream.counts, ...counts } };
  const entries = Object.entries(changed).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as unknown as StreamReport;
}

export function changeBot(bots: readonly BotReport[], number: number, change: Partial<BotReport>): BotReport[] {
  return bots.map((bot) => (bot.number === number ? { ...bot, ...change } : bot));
}

export function syntheticShard(change: Partial<ShardFacts> = {}): ShardFacts {
  return {
    index: 1,
    count: 1,
    machine: { cpu: "Synthetic CPU", cores: 2, memoryBytes: 8e9, node: "v24.0.0", platform: "linux x64" },
    startedAtMs: START_MS,
    endedAtMs: START_MS + 60_000,
    clockOffsetMs: 0,
    sinkLosses: 0,
    ...change,
  };
}

export function syntheticRun(bots: readonly BotReport[], change: Partial<SwarmRun> = {}): SwarmRun {
  return {
    scenario: { name: "synthetic", expect: [{ text: "pairs=100%" }, { text: "undecryptable=0" }] },
    seed: "7",
    target: "embedded",
    shards: [syntheticShard()],
    clock: "machine",
    startedAtMs: START_MS,
    endedAtMs: START_MS + 60_000,
    bots,
    resources: [],
    counters: {},
    findings: [],
    ...change,
  };
}
