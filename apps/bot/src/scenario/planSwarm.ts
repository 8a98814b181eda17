import type { BotSpec } from "../model.ts";
import type { SwarmPlan } from "./plan.ts";
import { inOrder } from "./plan.ts";
import { planBots } from "./planBots.ts";
import { planOwnClocks } from "./planOwnClocks.ts";
import { planPhases } from "./planPhases.ts";
import { planFilming, planTalk } from "./planTurns.ts";
import { randomOf } from "./random.ts";
import { phaseDurationMs } from "./scenario.ts";
import type { Scenario } from "./scenario.ts";

/** From one sender's beginning to the next: each hands two keys to everybody, at 5 ms of processor time for each. */
const BEGIN_STEP_MS = 4_000;
const BEGIN_STEP_PER_PERSON_MS = 75;

/** When senders begin who wait for the others; empty if they do not. */
function planBeginnings({ phases, seed, senders }: Scenario, bots: readonly BotSpec[]): ReadonlyMap<number, number> {
  const [first] = phases;
  if (senders === "at_once" || !first) return new Map();
  const waiting = randomOf(seed, "begin").shuffled(bots.filter(({ films, talks }) => films || talks));
  const stepMs = Math.max(BEGIN_STEP_MS, BEGIN_STEP_PER_PERSON_MS * bots.length);
  const startMs = phaseDurationMs(first) + stepMs;
  return new Map(waiting.map(({ number }, index) => [number, startMs + index * stepMs]));
}

/**
 * Plans a whole run. The same scenario gives the same plan, byte for byte, on every machine: nothing but the scenario
 * and its seed decides.
 */
export function planSwarm(scenario: Scenario): SwarmPlan {
  const { seed } = scenario;
  const bots = planBots(scenario);
  const phases = planPhases(scenario, bots);
  const acts = inOrder([...phases.acts, ...planOwnClocks(seed, bots, phases)]);
  const context = { seed, bots, acts, endsAtMs: phases.endsAtMs, beginAtMs: planBeginnings(scenario, bots) };
  const talk = planTalk(scenario.talkActivity, context);
  const filming = planFilming(scenario.filmActivity, context);
  return {
    seed,
    people: bots.length,
    bots,
    timeline: inOrder([...acts, ...talk, ...filming]),
    endsAtMs: phases.endsAtMs,
  };
}
