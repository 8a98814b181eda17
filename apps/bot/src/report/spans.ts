import type { MediaKind } from "@conclave/frame-crypto";

import type { BotReport, Stay } from "../model.ts";

/** A stretch of time, ms since 1970. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

export function lengthOf(span: Span): number {
  return span.toMs - span.fromMs;
}

export function overlap(a: Span, b: Span): Span | undefined {
  const fromMs = Math.max(a.fromMs, b.fromMs);
  const toMs = Math.min(a.toMs, b.toMs);
  return toMs > fromMs ? { fromMs, toMs } : undefined;
}

/** Each overlap of one of `a` with one of `b`, in time order. */
export function overlaps(a: readonly Span[], b: readonly Span[]): Span[] {
  return a
    .flatMap((left) => b.flatMap((right) => overlap(left, right) ?? []))
    .toSorted((left, right) => left.fromMs - right.fromMs);
}

/** When a stay was one in the call; `undefined` for one that never got in. A crash ends a stay too. */
export function spanOfStay(bot: BotReport, stay: Stay, endMs: number): Span | undefined {
  const { joinedAtMs } = stay;
  if (joinedAtMs === undefined) return undefined;
  const crashes = bot.findings.flatMap(({ code, atMs }) => (code === "crashed" && atMs > joinedAtMs ? [atMs] : []));
  return { fromMs: joinedAtMs, toMs: Math.min(stay.leftAtMs ?? endMs, ...crashes) };
}

/** When the bot was in the call. */
export function staySpans(bot: BotReport, endMs: number): Span[] {
  return bot.stays.flatMap((stay) => spanOfStay(bot, stay, endMs) ?? []);
}

/** When the bot was in the call and sent media of that kind. */
export function sendingSpans(bot: BotReport, kind: MediaKind, endMs: number): Span[] {
  const sent = bot.sent.flatMap((interval) =>
    interval.kind === kind ? [{ fromMs: interval.fromMs, toMs: interval.toMs ?? endMs }] : [],
  );
  return overlaps(staySpans(bot, endMs), sent);
}
