import type { BotSpec } from "../model.ts";
import type { BotAct, PlannedAct } from "./plan.ts";
import { randomOf } from "./random.ts";
import { addWhereSilent, cut } from "./spans.ts";
import type { Span, SpansOf } from "./spans.ts";

/** Turns of one kind of sending. */
interface Turns {
  readonly kind: "talk" | "film";
  readonly on: BotAct;
  readonly off: BotAct;
  readonly activity: number;
  readonly turnMs: { readonly min: number; readonly max: number };
  /** True if somebody who is there must always be sending. */
  readonly isNeverSilent: boolean;
  readonly isSender: (bot: BotSpec) => boolean;
}

/** What turns are planned from. */
export interface TurnsContext {
  readonly seed: string;
  readonly bots: readonly BotSpec[];
  /** Joins and leaves, by instant. */
  readonly acts: readonly PlannedAct[];
  readonly endsAtMs: number;
  /** Senders who wait until then, wherever they are; all others send from their join on. */
  readonly beginAtMs: ReadonlyMap<number, number>;
}

/**
 * Plans who talks when: turns of 2 to 6 s, cut where somebody leaves. Whoever talked last goes on if nobody else
 * would, so that at least one talks whenever a talker is there. Nothing for an activity of 1: then all always talk.
 */
export function planTalk(activity: number, context: TurnsContext): PlannedAct[] {
  return planTurns(
    {
      kind: "talk",
      on: "talk",
      off: "hush",
      activity,
      turnMs: { min: 2000, max: 6000 },
      isNeverSilent: true,
      isSender: (bot) => bot.talks,
    },
    context,
  );
}

/** Plans whose camera is on when: turns of 10 to 30 s. There may be times without any. */
export function planFilming(activity: number, context: TurnsContext): PlannedAct[] {
  return planTurns(
    {
      kind: "film",
      on: "film",
      off: "unfilm",
      activity,
      turnMs: { min: 10_000, max: 30_000 },
      isNeverSilent: false,
      isSender: (bot) => bot.films,
    },
    context,
  );
}

function planTurns(turns: Turns, context: TurnsContext): PlannedAct[] {
  if (turns.activity >= 1 && context.beginAtMs.size === 0) return [];
  const present = presenceOf(context, turns.isSender);
  const sending: SpansOf = new Map();
  for (const [bot, stays] of present) sending.set(bot, cut(makeTurns(bot, turns, context), stays));
  if (turns.isNeverSilent) addWhereSilent(sending, present);
  return [...present].flatMap(([bot, stays]) => {
    const isWaiting = context.beginAtMs.has(bot);
    const hush: PlannedAct[] = isWaiting ? [{ atMs: 0, act: turns.off, bot }] : [];
    return [...hush, ...actsOf(bot, stays, sending.get(bot) ?? [], { ...turns, isOnAtFirst: !isWaiting })];
  });
}

/** When each sender is in the call. */
function presenceOf(context: TurnsContext, isSender: Turns["isSender"]): SpansOf {
  const present: SpansOf = new Map(context.bots.filter(isSender).map((bot) => [bot.number, []]));
  const since = new Map<number, number>();
  const end = (bot: number, toMs: number): void => {
    const fromMs = since.get(bot);
    since.delete(bot);
    const sinceMs = fromMs === undefined ? undefined : Math.max(fromMs, context.beginAtMs.get(bot) ?? 0);
    if (sinceMs !== undefined && sinceMs < toMs) present.get(bot)?.push({ fromMs: sinceMs, toMs });
  };
  for (const act of context.acts) {
    if (!("bot" in act)) continue;
    if (act.act === "join") since.set(act.bot, act.atMs);
    else end(act.bot, act.atMs);
  }
  for (const bot of present.keys()) end(bot, context.endsAtMs);
  return present;
}

/** Turns and silences from 0 to the end, wherever the bot is. */
function makeTurns(bot: number, { kind, activity, turnMs }: Turns, { seed, endsAtMs }: TurnsContext): Span[] {
  if (activity >= 1) return [{ fromMs: 0, toMs: endsAtMs }];
  const random = randomOf(seed, kind, bot);
  const spans: Span[] = [];
  // Starts in the middle of a turn or a silence, so that not all begin together.
  let fromMs = -random.below(Math.round(turnMs.max / activity));
  while (fromMs < endsAtMs) {
    const durationMs = random.between(turnMs.min, turnMs.max);
    if (fromMs + durationMs > 0) spans.push({ fromMs: Math.max(0, fromMs), toMs: fromMs + durationMs });
    const quietMs = random.between(turnMs.min, turnMs.max) * ((1 - activity) / activity);
    fromMs += durationMs + Math.max(1, Math.round(quietMs));
  }
  return spans;
}

/** Who `talks` or `films` would do so from its join on; acts say where that changes, the first before the join. */
function actsOf(
  bot: number,
  stays: readonly Span[],
  sending: readonly Span[],
  { on, off, isOnAtFirst }: Turns & { readonly isOnAtFirst: boolean },
): PlannedAct[] {
  const acts: PlannedAct[] = [];
  let isOn = isOnAtFirst;
  const turn = (atMs: number, toOn: boolean): void => {
    if (toOn === isOn) return;
    acts.push({ atMs, act: toOn ? on : off, bot });
    isOn = toOn;
  };
  let next = 0;
  for (const stay of stays) {
    let atMs = stay.fromMs;
    for (let span = sending[next]; span && span.fromMs < stay.toMs; span = sending[next]) {
      if (span.fromMs > atMs) turn(atMs, false);
      turn(span.fromMs, true);
      atMs = span.toMs;
      next += 1;
    }
    if (atMs < stay.toMs) turn(atMs, false);
  }
  return acts;
}
