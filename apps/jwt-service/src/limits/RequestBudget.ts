import type { Clock } from "@conclave/kit";

/** Keys remembered at once; beyond that the one that was longest not used is forgotten. */
const MAX_KEYS = 10_000;

interface Bucket {
  tokens: number;
  atMs: number;
}

export interface BudgetOptions {
  /** Requests that a key may make at once. */
  readonly burst: number;
  /** Requests that a key wins back per second. */
  readonly perSecond: number;
}

/** A token bucket for each key, in bounded memory. */
export class RequestBudget {
  readonly #buckets = new Map<string, Bucket>();
  readonly #clock: Clock;
  readonly #options: BudgetOptions;

  constructor(clock: Clock, options: BudgetOptions) {
    this.#clock = clock;
    this.#options = options;
  }

  get size(): number {
    return this.#buckets.size;
  }

  /** Takes one request from the key's budget; returns the wait in milliseconds if there is none left, else 0. */
  take(key: string): number {
    const { burst, perSecond } = this.#options;
    const nowMs = this.#clock.monotonicMs();
    const bucket = this.#buckets.get(key) ?? { tokens: burst, atMs: nowMs };
    bucket.tokens = Math.min(burst, bucket.tokens + ((nowMs - bucket.atMs) / 1000) * perSecond);
    bucket.atMs = nowMs;
    // Deleting first keeps the map in order of last use.
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    this.#forgetOldest();
    if (bucket.tokens < 1) return Math.ceil(((1 - bucket.tokens) / perSecond) * 1000);
    bucket.tokens -= 1;
    return 0;
  }

  #forgetOldest(): void {
    if (this.#buckets.size <= MAX_KEYS) return;
    const [oldest] = this.#buckets.keys();
    if (oldest !== undefined) this.#buckets.delete(oldest);
  }
}
