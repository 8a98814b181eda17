import { type Clock, sleep } from "@conclave/kit";

import type { Slowness } from "./slowness.ts";

interface SlowDeps {
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  /** 0 to 1. */
  readonly random: () => number;
}

/** A `fetch` over a network that is as bad as `slowness` says at the time; `undefined` is good. */
export function slowFetch(deps: SlowDeps, slowness: () => Slowness | undefined): typeof globalThis.fetch {
  return async (input, init) => {
    const now = slowness();
    if (!now) return deps.fetch(input, init);
    const {
      delayMs: [least, most],
      loss,
      path,
    } = now;
    const address = input instanceof Request ? input.url : String(input);
    if (path !== undefined && !address.includes(path)) return deps.fetch(input, init);
    await sleep(deps.clock, least + deps.random() * (most - least), init?.signal ?? undefined);
    if (deps.random() < loss) throw new TypeError("The bot's bad network lost the request");
    return deps.fetch(input, init);
  };
}
