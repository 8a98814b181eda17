import type { MediaKind } from "@conclave/frame-crypto";

import type { BotReport, Finding, Stay } from "../model.ts";
import { expectedSendings } from "./expectedStreams.ts";
import { groupBy } from "./groupBy.ts";
import { highest } from "./quantiles.ts";
import { spanOfStay } from "./spans.ts";
import type { Swarm } from "./Swarm.ts";
import { capitalise, formatDuration, nameBots } from "./words.ts";

/** Longer than this nobody may read on after leaving. */
export const ROTATION_LIMIT_MS = 2000;
/** Frames sent longer than this before a join may not be readable after it. */
export const PAST_LIMIT_MS = 10_000;

/** How long a bot that left and kept listening could still decrypt a sender. */
export interface LeaveToLast {
  readonly leaver: number;
  readonly sender: number;
  readonly kind: MediaKind;
  readonly leftAtMs: number;
  /** From the leave to the last frame that was decrypted; 0 if none was. */
  readonly durationMs: number;
}

/**
 * For each bot that left and went on listening, and each sender that was sending then: how long it still decrypted.
 * Only silent leavers know; of several stays only the last tells, because a stream's report covers all of them.
 */
export function leavesToLast(swarm: Swarm): LeaveToLast[] {
  const sendings = expectedSendings(swarm.bots, swarm.endMs);
  return swarm.bots.flatMap((leaver) => {
    const leftAtMs = lastLeave(leaver);
    if (leftAtMs === undefined) return [];
    const heard = sendings.filter(
      ({ sender, spans }) =>
        sender !== leaver.number &&
        spans.some(({ fromMs, toMs }) => fromMs < leftAtMs && toMs > leftAtMs + ROTATION_LIMIT_MS),
    );
    return heard.flatMap(({ sender, kind }) => {
      const stream = swarm.stream(leaver.number, sender, kind);
      // Whom it could never read before, it says nothing about.
      if (stream?.lastDecryptedAtMs === undefined) return [];
      const durationMs = Math.max(0, stream.lastDecryptedAtMs - leftAtMs);
      return [{ leaver: leaver.number, sender, kind, leftAtMs, durationMs }];
    });
  });
}

function lastLeave(bot: BotReport): number | undefined {
  if (bot.manners !== "silent_leaver") return undefined;
  return bot.stays.findLast(({ joinedAtMs }) => joinedAtMs !== undefined)?.leftAtMs;
}

/** One finding for each leaver that could read on for too long, naming who did not rotate. */
export function findMissingRotations(leaves: readonly LeaveToLast[]): Finding[] {
  const tooLong = leaves.filter(({ durationMs }) => durationMs > ROTATION_LIMIT_MS);
  return [...groupBy(tooLong, ({ leaver }) => leaver)].map(([leaver, group]) => {
    const senders = [...new Set(group.map(({ sender }) => sender))];
    const longestMs = highest(group.map(({ durationMs }) => durationMs));
    const rotated = senders.length === 1 ? "did not rotate its key" : "did not rotate their keys";
    return {
      atMs: group[0]?.leftAtMs ?? 0,
      bot: leaver,
      code: "rotation_missing",
      sentence: `Bot ${leaver} could still decrypt ${nameBots(senders)} up to ${formatDuration(longestMs)} after it had left, so ${nameBots(senders)} ${rotated} in time.`,
    };
  });
}

/** A stream of which a joiner could read what was sent before it came. */
export interface PastRead {
  readonly joiner: number;
  readonly sender: number;
  readonly kind: MediaKind;
  readonly joinedAtMs: number;
  /** How long before the first join the oldest readable frame was sent. */
  readonly beforeMs: number;
}

/**
 * Streams with frames that were sent more than 10 s before the receiver first joined and that it could decrypt.
 * Exact where the receiver tells `oldestSentAtMs`; else only what the delays prove: even the latest frame, less the
 * longest delay, was sent before.
 */
export function readsOfPast(swarm: Swarm): PastRead[] {
  return swarm.bots.flatMap((bot) => {
    const joinedAtMs = firstJoin(bot, swarm.endMs);
    if (joinedAtMs === undefined) return [];
    return bot.received.flatMap(({ from, kind }) => {
      const stream = swarm.stream(bot.number, from, kind);
      const delayMs = stream?.delayMs?.max ?? 0;
      const proven = stream?.lastDecryptedAtMs === undefined ? undefined : stream.lastDecryptedAtMs - delayMs;
      const oldestMs = stream?.oldestSentAtMs ?? proven;
      const beforeMs = oldestMs === undefined ? 0 : joinedAtMs - oldestMs;
      return beforeMs > PAST_LIMIT_MS ? [{ joiner: bot.number, sender: from, kind, joinedAtMs, beforeMs }] : [];
    });
  });
}

function firstJoin(bot: BotReport, endMs: number): number | undefined {
  const starts = bot.stays.flatMap((stay: Stay) => spanOfStay(bot, stay, endMs)?.fromMs ?? []);
  return starts.length === 0 ? undefined : Math.min(...starts);
}

export function findReadsOfPast(reads: readonly PastRead[]): Finding[] {
  return [...groupBy(reads, ({ joiner }) => joiner)].map(([joiner, group]) => {
    const senders = [...new Set(group.map(({ sender }) => sender))];
    const longestMs = highest(group.map(({ beforeMs }) => beforeMs));
    return {
      atMs: group[0]?.joinedAtMs ?? 0,
      bot: joiner,
      code: "past_readable",
      sentence: capitalise(
        `bot ${joiner} could decrypt what ${nameBots(senders)} sent up to ${formatDuration(longestMs)} before it joined.`,
      ),
    };
  });
}
