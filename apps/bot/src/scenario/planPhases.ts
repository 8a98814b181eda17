import type { BotSpec } from "../model.ts";
import { Crowd } from "./Crowd.ts";
import type { PlannedAct } from "./plan.ts";
import { randomOf } from "./random.ts";
import type { Random } from "./random.ts";
import { CHURN_GAP_MS, phaseDurationMs } from "./scenario.ts";
import type { Phase, Scenario } from "./scenario.ts";

type Of<Name extends Phase["phase"]> = Extract<Phase, { phase: Name }>;

interface Planning {
  readonly crowd: Crowd;
  readonly bots: readonly BotSpec[];
  readonly random: Random;
  readonly startMs: number;
}

/** Plans who comes and goes by the phases; acts are in no order. */
export function planPhases(scenario: Scenario, bots: readonly BotSpec[]): { acts: PlannedAct[]; endsAtMs: number } {
  const crowd = new Crowd(scenario.seed, bots);
  const acts: PlannedAct[] = [];
  let startMs = 0;
  for (const [index, phase] of scenario.phases.entries()) {
    const random = randomOf(scenario.seed, "phase", index);
    for (const act of planPhase(phase, { crowd, bots, random, startMs })) acts.push(act);
    startMs += phaseDurationMs(phase);
  }
  return { acts, endsAtMs: startMs };
}

function planPhase(phase: Phase, planning: Planning): PlannedAct[] {
  switch (phase.phase) {
    case "ramp":
      return planning.crowd.join(phase.people).map((bot, index) => {
        return {
          atMs: planning.startMs + Math.floor((index * 1000) / phase.ratePerSecond),
          act: "join",
          bot: bot.number,
        };
      });
    case "hold":
      return [];
    case "churn":
      return planChurn(phase, planning);
    case "storm": {
      const instants = instantsWithin(phase.withinMs, phase.people, planning);
      return planning.crowd.join(phase.people).map((bot, index) => {
        return { atMs: instants[index] ?? planning.startMs, act: "join", bot: bot.number };
      });
    }
    case "leave_wave":
      return planLeaveWave(phase, planning);
    case "kick": {
      const instants = instantsWithin(phase.withinMs, phase.people, planning);
      return planning.crowd.dismiss(phase.people).map((bot, index) => {
        return { atMs: instants[index] ?? planning.startMs, act: "kick", bot: bot.number };
      });
    }
    case "restart":
      return [{ atMs: planning.startMs, act: "restart", part: phase.part }];
    default:
      return planNetwork(phase, planning);
  }
}

/** Leaves at even distances, each with one join 2 to 6 s later; the last is back before the phase ends. */
function planChurn(phase: Of<"churn">, { crowd, random, startMs }: Planning): PlannedAct[] {
  const stepMs = 60_000 / phase.leavesPerMinute;
  const away: { readonly bot: BotSpec; readonly backAtMs: number }[] = [];
  const acts: PlannedAct[] = [];
  const lastMs = phase.durationMs - CHURN_GAP_MS.max;
  const offsetMs = random.next() * Math.min(stepMs, lastMs);
  for (let step = 0; offsetMs + step * stepMs < lastMs; step += 1) {
    const atMs = startMs + Math.floor(offsetMs + step * stepMs);
    const isBack = away.filter(({ backAtMs }) => backAtMs < atMs);
    for (const entry of isBack) crowd.enter(away.splice(away.indexOf(entry), 1)[0]?.bot ?? entry.bot);
    const [bot] = crowd.dismiss(1);
    if (!bot) continue;
    // Back before the gap is over, so that this never runs out of people nor past the end.
    const backAtMs = atMs + random.between(CHURN_GAP_MS.min, CHURN_GAP_MS.max - 1);
    away.push({ bot, backAtMs });
    acts.push({ atMs, act: goes(random, phase.vanishShare), bot: bot.number });
    acts.push({ atMs: backAtMs, act: "join", bot: bot.number });
  }
  for (const { bot } of away) crowd.enter(bot);
  return acts;
}

function planLeaveWave(phase: Of<"leave_wave">, planning: Planning): PlannedAct[] {
  const { crowd, random } = planning;
  const instants = instantsWithin(phase.withinMs, phase.people, planning);
  return crowd.dismiss(phase.people).map((bot, index) => {
    crowd.wait(bot);
    return { atMs: instants[index] ?? planning.startMs, act: goes(random, phase.vanishShare), bot: bot.number };
  });
}

function planNetwork(phase: Of<"network">, { bots, random, startMs }: Planning): PlannedAct[] {
  const count = Math.max(1, Math.round(phase.share * bots.length));
  const chosen = random
    .shuffled(bots)
    .slice(0, count)
    .map((bot) => bot.number)
    .sort((one, other) => one - other);
  return [
    { atMs: startMs, act: "network", bots: chosen, profile: phase.profile },
    { atMs: startMs + phase.durationMs, act: "network", bots: chosen },
  ];
}

/** Sorted instants before the phase's end, so that what a next phase does to the same bot comes later. */
function instantsWithin(withinMs: number, count: number, { random, startMs }: Planning): number[] {
  return Array.from({ length: count }, () => startMs + random.below(withinMs)).sort((one, other) => one - other);
}

function goes(random: Random, vanishShare: number): "leave" | "vanish" {
  return random.next() < vanishShare ? "vanish" : "leave";
}
