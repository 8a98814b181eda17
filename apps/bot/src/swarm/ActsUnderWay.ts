import type { BotAct } from "../host/messages.ts";

/** What bots have been told and have not done yet. */
export class ActsUnderWay {
  readonly #waiting = new Map<string, (() => void)[]>();

  /** Resolves at the matching `end`. */
  begin(bot: number, act: BotAct): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const key = `${bot} ${act}`;
    this.#waiting.set(key, [...(this.#waiting.get(key) ?? []), resolve]);
    return promise;
  }

  end(bot: number, act: BotAct): void {
    const key = `${bot} ${act}`;
    const [oldest, ...others] = this.#waiting.get(key) ?? [];
    if (others.length > 0) this.#waiting.set(key, others);
    else this.#waiting.delete(key);
    oldest?.();
  }

  /** The bot is gone: nobody need wait for it. */
  endAll(bot: number): void {
    for (const [key, resolvers] of this.#waiting) {
      if (!key.startsWith(`${bot} `)) continue;
      this.#waiting.delete(key);
      for (const resolve of resolvers) resolve();
    }
  }
}
