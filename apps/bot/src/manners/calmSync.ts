import { type Clock, sleep } from "@conclave/kit";

/**
 * A `fetch` that lets so much time pass between the answer of one sync and the next: what comes in a burst then comes
 * together. Hundreds of Olm machines in one process pay for each sync that brings a message, and real clients have a
 * processor each. News after a pause is not held up.
 */
export function calmSync(
  { clock, fetch }: { readonly clock: Clock; readonly fetch: typeof globalThis.fetch },
  intervalMs: number,
): typeof globalThis.fetch {
  let answeredAtMs = -Infinity;
  return async (input, init) => {
    const address = input instanceof Request ? input.url : String(input);
    if (!address.includes("/sync")) return fetch(input, init);
    const waitMs = answeredAtMs + intervalMs - clock.monotonicMs();
    if (waitMs > 0) await sleep(clock, waitMs, init?.signal ?? undefined);
    try {
      return await fetch(input, init);
    } finally {
      answeredAtMs = clock.monotonicMs();
    }
  };
}
