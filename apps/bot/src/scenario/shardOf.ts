import type { PlannedAct, SwarmPlan } from "./plan.ts";
import { randomOf } from "./random.ts";
import { TIERS } from "./scenario.ts";

/**
 * One shard's share of a plan: the same instants, but only its own bots. Each tier is dealt out evenly in an order
 * that follows from the seed. Restarts are the first shard's. All shards together are the plan.
 *
 * @param plan of the whole run
 * @param index from 0
 * @throws {RangeError} if there is no such shard, or the plan is a share itself
 */
export function shardOf(plan: SwarmPlan, index: number, count: number): SwarmPlan {
  if (!Number.isInteger(index) || !Number.isInteger(count) || index < 0 || index >= count) {
    throw new RangeError(`There is no shard ${index} of ${count}.`);
  }
  if (plan.bots.length !== plan.people) throw new RangeError("A share cannot be shared again.");
  const mine = numbersOf(plan, index, count);
  const timeline = plan.timeline.flatMap((act): PlannedAct[] => {
    if (act.act === "restart") return index === 0 ? [act] : [];
    if (act.act !== "network") return mine.has(act.bot) ? [act] : [];
    const bots = act.bots.filter((bot) => mine.has(bot));
    return bots.length > 0 ? [{ ...act, bots }] : [];
  });
  return { ...plan, bots: plan.bots.filter((bot) => mine.has(bot.number)), timeline };
}

function numbersOf(plan: SwarmPlan, index: number, count: number): Set<number> {
  const order = TIERS.flatMap((tier) =>
    randomOf(plan.seed, "shards", tier).shuffled(plan.bots.filter((bot) => bot.tier === tier)),
  );
  return new Set(order.filter((_, position) => position % count === index).map((bot) => bot.number));
}
