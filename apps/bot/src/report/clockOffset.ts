import type { BotReport, SentInterval, Stay, StreamReport } from "../model.ts";
import type { SwarmReport } from "./swarmReport.ts";

/** By how much the clock of the machine that ran a bot is to be moved; 0 for bots that are not known. */
export type OffsetOf = (bot: number) => number;

/** The report of one machine with all instants by the homeserver's clock. Delays follow the sender's machine too. */
export function toHomeserverClock(report: SwarmReport, offsetOf: OffsetOf): SwarmReport {
  const offsetMs = report.shards[0]?.clockOffsetMs ?? 0;
  const move = <T extends { readonly atMs: number }>(item: T): T => ({ ...item, atMs: item.atMs + offsetMs });
  return {
    ...report,
    clock: "homeserver",
    startedAtMs: report.startedAtMs + offsetMs,
    endedAtMs: report.endedAtMs + offsetMs,
    shards: report.shards.map((shard) => ({
      ...shard,
      startedAtMs: shard.startedAtMs + offsetMs,
      endedAtMs: shard.endedAtMs + offsetMs,
    })),
    bots: report.bots.map((bot) => moveBot(bot, offsetMs, offsetOf)) as SwarmReport["bots"],
    resources: report.resources.map(move),
    findings: report.findings.map(move),
    ...(report.keyMessages === undefined ? {} : { keyMessages: report.keyMessages.map(move) }),
  };
}

function moveBot(bot: BotReport, offsetMs: number, offsetOf: OffsetOf): BotReport {
  return {
    ...bot,
    stays: bot.stays.map((stay) => moveStay(stay, offsetMs)),
    sent: bot.sent.map((interval) => moveInterval(interval, offsetMs)),
    received: bot.received.map((stream) => moveStream(stream, offsetMs, offsetMs - offsetOf(stream.from))),
    findings: bot.findings.map((finding) => ({ ...finding, atMs: finding.atMs + offsetMs })),
  };
}

function moveStay(stay: Stay, offsetMs: number): Stay {
  const marks = Object.fromEntries(Object.entries(stay.marks).map(([name, atMs]) => [name, atMs + offsetMs]));
  return { ...moveInstants(stay, ["askedAtMs", "joinedAtMs", "leftAtMs"], offsetMs), marks };
}

function moveInterval(interval: SentInterval, offsetMs: number): SentInterval {
  return moveInstants(interval, ["fromMs", "toMs"], offsetMs);
}

const STREAM_INSTANTS = [
  "signalledAtMs",
  "firstPacketAtMs",
  "firstKeyAtMs",
  "firstDecryptedAtMs",
  "lastDecryptedAtMs",
  "lastPacketAtMs",
] as const satisfies readonly (keyof StreamReport)[];

function moveStream(stream: StreamReport, offsetMs: number, delayOffsetMs: number): StreamReport {
  const moved = moveInstants(stream, STREAM_INSTANTS, offsetMs);
  const { delayMs } = stream;
  // The stamp of the oldest frame is by the sender's clock.
  const stamped = moveInstants(moved, ["oldestSentAtMs"], offsetMs - delayOffsetMs);
  if (delayMs === undefined) return stamped;
  const corrected = {
    p50: delayMs.p50 + delayOffsetMs,
    p95: delayMs.p95 + delayOffsetMs,
    max: delayMs.max + delayOffsetMs,
  };
  return { ...stamped, delayMs: corrected };
}

function moveInstants<T extends object>(item: T, names: readonly (keyof T)[], offsetMs: number): T {
  const moved = names.flatMap((name) => {
    const atMs = item[name];
    return typeof atMs === "number" ? [[name, atMs + offsetMs] as const] : [];
  });
  return { ...item, ...Object.fromEntries(moved) };
}
