const PER_BOT_MS = 2;
const PER_PAIR_MS = 0.025;

/**
 * Least time between two syncs of a bot, so that what bots in one process pay for syncs does not grow with their number
 * squared. In a busy call each sync brings something, at 2 to 10 ms, so that 80 bots have six a second each, and 200 one.
 */
export function syncIntervalMs(bots: number): number {
  return Math.max(PER_BOT_MS * bots, PER_PAIR_MS * bots ** 2);
}
