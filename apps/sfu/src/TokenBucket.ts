import type { Clock } from "@conclave/kit";

const MS_PER_SECOND = 1000;

/** Lets things through at a steady rate, and as many as `burst` at once. */
export class TokenBucket {
  readonly #clock: Clock;
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #atMs: number;

  constructor(clock: Clock, perSecond: number, burst: number = perSecond) {
    this.#clock = clock;
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#tokens = burst;
    this.#atMs = clock.monotonicMs();
  }

  /** @returns 0, or for how many milliseconds nothing gets through */
  take(): number {
    const nowMs = this.#clock.monotonicMs();
    const won = ((nowMs - this.#atMs) / MS_PER_SECOND) * this.#perSecond;
    this.#tokens = Math.min(this.#burst, this.#tokens + won);
    this.#atMs = nowMs;
    if (this.#tokens < 1) return Math.ceil(((1 - this.#tokens) / this.#perSecond) * MS_PER_SECOND);
    this.#tokens -= 1;
    return 0;
  }
}
