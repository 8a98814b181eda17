const FIRST_MS = 1000;
const GROWTH = 1.5;
const LONGEST_MS = 60_000;
/** A wait is between half and one and a half times its middle, so that many jobs do not ask at once. */
const SPREAD = 0.5;

/** How long to wait after the `tries`-th failure in a row (from 0). `jitter` is a random number in [0, 1). */
export function backOffMs(tries: number, jitter: number): number {
  const middleMs = Math.min(LONGEST_MS, FIRST_MS * GROWTH ** Math.min(tries, 100));
  return Math.min(LONGEST_MS, Math.round(middleMs * (1 - SPREAD + 2 * SPREAD * jitter)));
}
