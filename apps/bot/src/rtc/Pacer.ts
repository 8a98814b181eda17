import type { CancelTimer, Clock } from "@conclave/kit";

/** Something that is done again and again. */
export interface Paced {
  /** @returns milliseconds until the next time, counted from when this one was due */
  run(dueAtMs: number): number;
}

const TICK_MS = 10;
/** Whoever is later than this has lost its place: it goes on from now instead of catching up. */
const MAX_LATENESS_MS = 500;

interface Entry {
  readonly paced: Paced;
  dueAtMs: number;
  isRemoved: boolean;
}

/**
 * One timer for all that send, in ticks of 10 ms: what is due in a tick waits in its bucket. Entries keep their
 * rhythm on average, however late a tick is, and run at most once in each: what is late is made up for bit by bit. Without entries there is no timer.
 */
export class Pacer {
  readonly #clock: Clock;
  readonly #buckets = new Map<number, Set<Entry>>();
  #count = 0;
  #lastTick = 0;
  #cancel: CancelTimer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The first time is with the next tick. @returns ends it */
  add(paced: Paced): () => void {
    const nextTick = tickOf(this.#clock.monotonicMs()) + 1;
    const entry: Entry = { paced, dueAtMs: nextTick * TICK_MS, isRemoved: false };
    if (this.#count === 0) this.#lastTick = nextTick - 1;
    this.#count += 1;
    this.#place(entry);
    this.#arm();
    return () => this.#remove(entry);
  }

  #place(entry: Entry): void {
    const tick = Math.max(tickOf(entry.dueAtMs), this.#lastTick + 1);
    const bucket = this.#buckets.get(tick);
    if (bucket) bucket.add(entry);
    else this.#buckets.set(tick, new Set([entry]));
  }

  #remove(entry: Entry): void {
    if (entry.isRemoved) return;
    entry.isRemoved = true;
    this.#count -= 1;
    if (this.#count > 0) return;
    this.#cancel?.();
    this.#cancel = undefined;
    this.#buckets.clear();
  }

  #arm(): void {
    if (this.#cancel || this.#count === 0) return;
    const nowMs = this.#clock.monotonicMs();
    const delayMs = Math.max(0, (tickOf(nowMs) + 1) * TICK_MS - nowMs);
    this.#cancel = this.#clock.after(delayMs, () => {
      this.#cancel = undefined;
      this.#tick();
      this.#arm();
    });
  }

  #tick(): void {
    const nowMs = this.#clock.monotonicMs();
    const present = tickOf(nowMs);
    const due: Entry[] = [];
    for (const [tick, bucket] of this.#buckets) {
      if (tick > present) continue;
      this.#buckets.delete(tick);
      due.push(...bucket);
    }
    this.#lastTick = present;
    for (const entry of due.sort((a, b) => a.dueAtMs - b.dueAtMs)) this.#run(entry, nowMs);
  }

  #run(entry: Entry, nowMs: number): void {
    if (entry.isRemoved) return;
    if (nowMs - entry.dueAtMs > MAX_LATENESS_MS) entry.dueAtMs = nowMs;
    entry.dueAtMs += Math.max(1, entry.paced.run(entry.dueAtMs));
    if (!entry.isRemoved) this.#place(entry);
  }
}

const pacers = new WeakMap<Clock, Pacer>();

/** The pacer of a clock: bots of one process share one. */
export function pacerOf(clock: Clock): Pacer {
  const pacer = pacers.get(clock) ?? new Pacer(clock);
  pacers.set(clock, pacer);
  return pacer;
}

function tickOf(atMs: number): number {
  return Math.floor(atMs / TICK_MS);
}
