import type { Clock } from "@conclave/kit";

/** Addresses remembered at once; beyond that the oldest is forgotten. */
const MAX_ADDRESSES = 10_000;

interface Bucket {
  readonly tokens: number;
  readonly atMs: number;
}

interface RequestBudgetOptions {
  /** Requests that an address may make at once. */
  readonly burst: number;
  /** Requests that an address wins back per second. */
  readonly perSecond: number;
}

/** A token bucket for each remote address, in bounded memory. */
export class RequestBudget {
  readonly #buckets = new Map<string, Bucket>();
  readonly #clock: Clock;
  readonly #options: RequestBudgetOptions;

  constructor(clock: Clock, options: RequestBudgetOptions) {
    this.#clock = clock;
    this.#options = options;
  }

  /** Takes one request from the address's budget; returns the wait in milliseconds if there is none left, else 0. */
  take(address: string): number {
    const { burst, perSecond } = this.#options;
    const nowMs = this.#clock.monotonicMs();
    const last = this.#buckets.get(address) ?? { tokens: burst, atMs: nowMs };
    const tokens = Math.min(burst, last.tokens + ((nowMs - last.atMs) / 1000) * perSecond);
    const isAllowed = tokens >= 1;
    // Deleting first keeps the map in order of last use.
    this.#buckets.delete(address);
    this.#buckets.set(address, { tokens: isAllowed ? tokens - 1 : tokens, atMs: nowMs });
    this.#forgetOldest();
    return isAllowed ? 0 : Math.ceil(((1 - tokens) / perSecond) * 1000);
  }

  #forgetOldest(): void {
    if (this.#buckets.size <= MAX_ADDRESSES) return;
    const [oldest] = this.#buckets.keys();
    if (oldest !== undefined) this.#buckets.delete(oldest);
  }
}
