const SMALLEST_MS = 0.25;
/** Each bucket is this much wider than the one before: what is told of a delay is at most so much too long. */
const GROWTH = 1.1;
/** The last bucket holds everything from 30 s on. */
const BUCKETS = Math.ceil(Math.log(30_000 / SMALLEST_MS) / Math.log(GROWTH)) + 1;

/** Counts delays in buckets, so that millions of them take 500 bytes. */
export class DelayHistogram {
  readonly #counts = new Uint32Array(BUCKETS);
  #total = 0;
  #maxMs = 0;

  /** Clocks that disagree make delays below 0, which count as none; what is not a number is left out. */
  add(delayMs: number): void {
    if (!Number.isFinite(delayMs)) return;
    const bucket = Math.ceil(Math.log(Math.max(delayMs, SMALLEST_MS) / SMALLEST_MS) / Math.log(GROWTH));
    const index = Math.min(bucket, BUCKETS - 1);
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#total += 1;
    this.#maxMs = Math.max(this.#maxMs, delayMs);
  }

  /** `undefined` before the first delay. */
  summary(): { readonly p50: number; readonly p95: number; readonly max: number } | undefined {
    return this.#total === 0 ? undefined : { p50: this.#quantile(0.5), p95: this.#quantile(0.95), max: this.#maxMs };
  }

  #quantile(share: number): number {
    const wanted = this.#total * share;
    let seen = 0;
    for (const [index, count] of this.#counts.entries()) {
      seen += count;
      if (seen >= wanted) return Math.min(SMALLEST_MS * GROWTH ** index, this.#maxMs);
    }
    return this.#maxMs;
  }
}
