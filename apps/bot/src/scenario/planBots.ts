import type { BotSpec, BotTier, Manners, Sabotage } from "../model.ts";
import { randomOf } from "./random.ts";
import { NEED_SENDER, RUDE, SABOTAGE, TIERS } from "./scenario.ts";
import type { Rude, Scenario } from "./scenario.ts";
import { spread } from "./spread.ts";

type Role = { readonly manners: Rude } | { readonly sabotage: Sabotage };

/** Says who each bot is: numbers go up by tier, protocol first; who talks, films and misbehaves follows from the seed. */
export function planBots(scenario: Scenario): BotSpec[] {
  const tiers = TIERS.flatMap((tier) => Array.from({ length: scenario.people[tier] }, () => tier));
  const talkers = choose(scenario, tiers, "talkers");
  const cameras = choose(scenario, tiers, "cameras");
  const polite = tiers.map((tier, number): BotSpec => {
    return { number, tier, manners: "polite", talks: talkers.has(number), films: cameras.has(number) };
  });
  const roles = giveRoles(scenario, polite);
  return polite.map((bot) => ({ ...bot, ...roles.get(bot.number) }));
}

function choose(scenario: Scenario, tiers: readonly BotTier[], what: "talkers" | "cameras"): Set<number> {
  const counts = spread(scenario[what], scenario.people);
  const chosen = TIERS.flatMap((tier) => {
    const numbers = tiers.flatMap((each, number) => (each === tier ? [number] : []));
    return randomOf(scenario.seed, what, tier).shuffled(numbers).slice(0, counts[tier]);
  });
  return new Set(chosen);
}

/** One role a bot, protocol bots only; roles that show in what is sent go to senders, the others rather to listeners. */
function giveRoles(
  scenario: Scenario,
  bots: readonly BotSpec[],
): Map<number, { manners?: Manners; sabotage?: Sabotage }> {
  const roles = listRoles(scenario).toSorted((one, other) => Number(needsSender(other)) - Number(needsSender(one)));
  const pool = randomOf(scenario.seed, "roles").shuffled(bots.filter((bot) => bot.tier === "protocol"));
  const senders = pool.filter((bot) => bot.talks || bot.films);
  const listeners = pool.filter((bot) => !bot.talks && !bot.films);
  const given = new Map<number, Role>();
  for (const role of roles) {
    const bot = needsSender(role) ? senders.shift() : (listeners.shift() ?? senders.shift());
    if (bot) given.set(bot.number, role);
  }
  return given;
}

function listRoles({ manners, sabotage }: Scenario): Role[] {
  return [
    ...RUDE.flatMap((role) => Array.from({ length: manners[role] ?? 0 }, (): Role => ({ manners: role }))),
    ...SABOTAGE.flatMap((role) => Array.from({ length: sabotage[role] ?? 0 }, (): Role => ({ sabotage: role }))),
  ];
}

function needsSender(role: Role): boolean {
  return NEED_SENDER.has("manners" in role ? role.manners : role.sabotage);
}
