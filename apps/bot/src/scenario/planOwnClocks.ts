import type { BotSpec } from "../model.ts";
import { hasOwnClock } from "./Crowd.ts";
import type { PlannedAct } from "./plan.ts";
import { randomOf } from "./random.ts";
import type { Random } from "./random.ts";

const FLAP_IN_MS = { min: 5000, max: 10_000 } as const;
const FLAP_OUT_MS = { min: 1000, max: 3000 } as const;
/** A flapper is in the call for at least this long when the run ends. */
const LAST_STAY_MS = 5000;
/** A silent leaver goes in this part of the time between its join and the end, in per cent. */
const SILENT_LEAVE_PERCENT = { min: 40, max: 60 } as const;

/** Plans the leaves of bots that no phase sends away. They need nobody's leave to leave: `phases` only let them in. */
export function planOwnClocks(
  seed: string,
  bots: readonly BotSpec[],
  phases: { readonly acts: readonly PlannedAct[]; readonly endsAtMs: number },
): PlannedAct[] {
  const joins = new Map(phases.acts.flatMap((act) => (act.act === "join" ? [[act.bot, act.atMs] as const] : [])));
  return bots.filter(hasOwnClock).flatMap((bot) => {
    const joinedAtMs = joins.get(bot.number);
    if (joinedAtMs === undefined) return [];
    const random = randomOf(seed, "own clock", bot.number);
    if (bot.manners === "flapper") return planFlaps(bot.number, joinedAtMs, phases.endsAtMs, random);
    const percent = random.between(SILENT_LEAVE_PERCENT.min, SILENT_LEAVE_PERCENT.max);
    const atMs = joinedAtMs + Math.ceil(((phases.endsAtMs - joinedAtMs) * percent) / 100);
    return [{ atMs, act: "leave", bot: bot.number }];
  });
}

// A number, an instant, an end and where chance comes from.
function planFlaps(bot: number, joinedAtMs: number, endsAtMs: number, random: Random): PlannedAct[] {
  const acts: PlannedAct[] = [];
  let sinceMs = joinedAtMs;
  for (;;) {
    const leaveAtMs = sinceMs + random.between(FLAP_IN_MS.min, FLAP_IN_MS.max);
    const backAtMs = leaveAtMs + random.between(FLAP_OUT_MS.min, FLAP_OUT_MS.max);
    if (backAtMs > endsAtMs - LAST_STAY_MS) return acts;
    acts.push({ atMs: leaveAtMs, act: "leave", bot }, { atMs: backAtMs, act: "join", bot });
    sinceMs = backAtMs;
  }
}
