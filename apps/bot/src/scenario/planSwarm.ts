import type { SwarmPlan } from "./plan.ts";
import { inOrder } from "./plan.ts";
import { planBots } from "./planBots.ts";
import { planOwnClocks } from "./planOwnClocks.ts";
import { planPhases } from "./planPhases.ts";
import { planFilming, planTalk } from "./planTurns.ts";
import type { Scenario } from "./scenario.ts";

/**
 * Plans a whole run. The same scenario gives the same plan, byte for byte, on every machine: nothing but the scenario
 * and its seed decides.
 */
export function planSwarm(scenario: Scenario): SwarmPlan {
  const { seed } = scenario;
  const bots = planBots(scenario);
  const phases = planPhases(scenario, bots);
  const acts = inOrder([...phases.acts, ...planOwnClocks(seed, bots, phases)]);
  const context = { seed, bots, acts, endsAtMs: phases.endsAtMs };
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
