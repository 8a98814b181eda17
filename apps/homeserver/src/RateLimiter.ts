import type { Clock } from "@conclave/kit";

import { limitExceeded } from "./errors.ts";

/** Keys remembered at once; the one that was quiet for longest is forgotten first, which only ever grants more. */
const MAX_KEYS = 10_000;

interface Bucket {
  tokens: number;
  atMs: number;
}

export interface RateLimit {
  readonly burst: number;
  readonly perSecond: number;
}

/** Token buckets by key (an address or a user). */
export class RateLimiter {
  readonly #buckets = new Map<string, Bucket>();
  readonly #clock: Clock;
  readonly #limit: RateLimit;

  constructor(clock: Clock, limit: RateLimit) {
    this.#clock = clock;
    this.#limit = limit;
  }

  /**
   * Takes one token.
   *
   * @throws {MatrixError} `M_LIMIT_EXCEEDED` with the wait until the next token
   */
  take(key: string): void {
    const { burst, perSecond } = this.#limit;
    const nowMs = this.#clock.monotonicMs();
    const before = this.#buckets.get(key);
    const tokens = before ? Math.min(burst, before.tokens + ((nowMs - before.atMs) / 1_000) * perSecond) : burst;
    // Taken out and put back, so that the map stays ordered by last use.
    this.#buckets.delete(key);
    this.#buckets.set(key, { tokens: tokens >= 1 ? tokens - 1 : tokens, atMs: nowMs });
    this.#forgetOldest();
    if (tokens < 1) throw limitExceeded("Too many requests", Math.max(1, ((1 - tokens) / perSecond) * 1_000));
  }

  get keys(): number {
    return this.#buckets.size;
  }

  #forgetOldest(): void {
    if (this.#buckets.size <= MAX_KEYS) return;
    const oldest = this.#buckets.keys().next();
    if (!oldest.done) this.#buckets.delete(oldest.value);
  }
}
