import type { BotSpec } from "../model.ts";
import { randomOf } from "./random.ts";
import type { Random } from "./random.ts";
import { OWN_CLOCK } from "./scenario.ts";

/** Who is in the call while a plan is made. */
export class Crowd {
  readonly #random: Random;
  /** Next to join first. */
  readonly #outside: BotSpec[];
  /** May be sent away: protocol and native bots, then the browsers, which are the witnesses. */
  readonly #cheap: BotSpec[] = [];
  readonly #dear: BotSpec[] = [];

  constructor(seed: string, bots: readonly BotSpec[]) {
    this.#random = randomOf(seed, "crowd");
    const order = this.#random.shuffled(bots);
    this.#outside = [...order.filter(hasOwnClock), ...order.filter((bot) => !hasOwnClock(bot))];
  }

  /** Lets up to so many come in. */
  join(count: number): BotSpec[] {
    const bots = this.#outside.splice(0, count);
    for (const bot of bots) this.enter(bot);
    return bots;
  }

  /** Sends away up to so many, by chance; they are nowhere until they `enter` or `wait`. */
  dismiss(count: number): BotSpec[] {
    return Array.from({ length: count }, () => this.#dismissOne()).filter((bot) => bot !== undefined);
  }

  enter(bot: BotSpec): void {
    if (hasOwnClock(bot)) return;
    (bot.tier === "browser" ? this.#dear : this.#cheap).push(bot);
  }

  /** Lines up at the end of those who may join. */
  wait(bot: BotSpec): void {
    this.#outside.push(bot);
  }

  #dismissOne(): BotSpec | undefined {
    const pool = this.#cheap.length > 0 ? this.#cheap : this.#dear;
    const [bot] = pool.splice(this.#random.below(pool.length), 1);
    return bot;
  }
}

/** Leaves when it likes, not when a phase says so. */
export function hasOwnClock(bot: BotSpec): boolean {
  return OWN_CLOCK.some((manners) => manners === bot.manners);
}
