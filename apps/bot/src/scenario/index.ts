export type { FlagValue } from "./flags.ts";
export { listScenarios, loadScenario } from "./loadScenario.ts";
export type { PlannedAct, SwarmPlan } from "./plan.ts";
export { planSwarm } from "./planSwarm.ts";
export { totalPeople } from "./scenario.ts";
export type { Scenario } from "./scenario.ts";
export { ScenarioError } from "./ScenarioError.ts";
export { readScenarioFlags, SCENARIO_FLAGS } from "./scenarioFlags.ts";
export { shardOf } from "./shardOf.ts";
