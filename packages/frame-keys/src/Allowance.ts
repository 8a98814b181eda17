import type { Clock } from "@conclave/kit";

interface AllowanceLimits {
  /** So many at once, */
  readonly burst: number;
  /** and one more after each so long. */
  readonly refillMs: number;
}

/** Devices that are counted. Beyond this the one that has been silent longest starts anew. */
const MAX_DEVICES = 2_000;

/** How often each device may make us do something: a hostile one must not keep us busy. */
export class Allowance {
  readonly #clock: Clock;
  readonly #limits: AllowanceLimits;
  readonly #buckets = new Map<string, { readonly left: number; readonly atMs: number }>();

  constructor(clock: Clock, limits: AllowanceLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Whether the device may now; counts it if so. */
  take(device: string): boolean {
    const { burst, refillMs } = this.#limits;
    const nowMs = this.#clock.nowMs();
    const { left, atMs } = this.#buckets.get(device) ?? { left: burst, atMs: nowMs };
    const available = Math.min(burst, left + (nowMs - atMs) / refillMs);
    const isAllowed = available >= 1;
    this.#buckets.delete(device);
    this.#buckets.set(device, { left: isAllowed ? available - 1 : available, atMs: nowMs });
    const [oldest] = this.#buckets.keys();
    if (oldest !== undefined && this.#buckets.size > MAX_DEVICES) this.#buckets.delete(oldest);
    return isAllowed;
  }
}
