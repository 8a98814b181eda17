import type { BotTier } from "../model.ts";
import { TIERS, totalPeople } from "./scenario.ts";

/**
 * Spreads `count` talkers or cameras over the tiers. Each tier that has people gets one, protocol first and
 * browsers last, so that every kind of sender is heard by every kind of receiver; the rest goes by size. Too few for
 * all tiers: the dearer ones only watch.
 *
 * @param count at most as many as there are people
 */
export function spread(count: number, people: Readonly<Record<BotTier, number>>): Record<BotTier, number> {
  const given: Record<BotTier, number> = { protocol: 0, native: 0, browser: 0 };
  let left = count;
  for (const tier of TIERS) {
    if (left === 0 || people[tier] === 0) continue;
    given[tier] = 1;
    left -= 1;
  }
  const room = (tier: BotTier): number => people[tier] - given[tier];
  const total = TIERS.reduce((sum, tier) => sum + room(tier), 0);
  // Whole products and remainders only: no rounding that could differ.
  const quotas = TIERS.map((tier) => ({ tier, product: left * room(tier) }));
  for (const { tier, product } of quotas) given[tier] += total === 0 ? 0 : Math.floor(product / total);
  const missing = count - totalPeople(given);
  const byRemainder = quotas.toSorted((one, other) => (other.product % total) - (one.product % total));
  for (const { tier } of byRemainder.slice(0, missing)) given[tier] += 1;
  return given;
}
