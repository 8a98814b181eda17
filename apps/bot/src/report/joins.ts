import type { Stay } from "../model.ts";
import type { ExpectedStream } from "./expectedStreams.ts";
import { groupBy } from "./groupBy.ts";
import { spanOfStay } from "./spans.ts";
import type { Swarm } from "./Swarm.ts";

/** One stay with what the metrics need of it. Times since it was asked for. */
export interface JoinFacts {
  readonly bot: number;
  readonly stay: Stay;
  readonly joinMs?: number;
  readonly firstKeyMs?: number;
  /** Only where somebody was sending at the instant of joining; without any frame, all the time that it waited. */
  readonly firstFrameMs?: number;
  readonly isFailed: boolean;
}

/** All joins of a run in the order in which they were asked for. */
export function listJoins(swarm: Swarm): JoinFacts[] {
  const expected = groupBy(swarm.expected, ({ receiver }) => receiver);
  return swarm.bots
    .flatMap((bot) => bot.stays.map((stay) => toFacts(swarm, bot.number, stay, expected.get(bot.number) ?? [])))
    .toSorted((a, b) => a.stay.askedAtMs - b.stay.askedAtMs || a.bot - b.bot);
}

function toFacts(swarm: Swarm, number: number, stay: Stay, expected: readonly ExpectedStream[]): JoinFacts {
  const { askedAtMs, joinedAtMs, leftAtMs, marks } = stay;
  const bot = swarm.bot(number);
  const span = bot && spanOfStay(bot, stay, swarm.endMs);
  const untilMs = span?.toMs ?? swarm.endMs;
  const first = (instants: readonly (number | undefined)[]): number | undefined => {
    const inside = instants.filter((atMs) => atMs !== undefined && atMs >= askedAtMs && atMs <= untilMs);
    return inside.length === 0 ? undefined : Math.min(...inside.map(Number));
  };
  const keyAtMs = marks["first_key"] ?? first(bot?.received.map(({ firstKeyAtMs }) => firstKeyAtMs) ?? []);
  const frameAtMs =
    marks["first_frame"] ?? first(bot?.received.map(({ firstDecryptedAtMs }) => firstDecryptedAtMs) ?? []);
  const isSomebodySending = expected.some(({ spans }) => spans.some(({ fromMs }) => fromMs === joinedAtMs));
  return {
    bot: number,
    stay,
    ...(joinedAtMs === undefined ? {} : { joinMs: joinedAtMs - askedAtMs }),
    ...(keyAtMs === undefined ? {} : { firstKeyMs: keyAtMs - askedAtMs }),
    ...(isSomebodySending ? { firstFrameMs: (frameAtMs ?? untilMs) - askedAtMs } : {}),
    isFailed: stay.failure !== undefined || (joinedAtMs === undefined && leftAtMs === undefined),
  };
}
