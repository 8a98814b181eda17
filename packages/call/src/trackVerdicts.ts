import type { TransformReport } from "@conclave/frame-crypto";
import { computed, type ReadonlySignal, signal, untracked, type WritableSignal } from "@conclave/kit";

/** How the frames of one track fare: the state of the transform that serves it. */
export type TrackVerdict = TransformReport["state"];

/** Frames counted over the whole call. */
export interface FrameTotals {
  readonly sent: Readonly<Record<string, number>>;
  readonly received: Readonly<Record<string, number>>;
}

/** Transforms of one call are few (tracks times reconnects); beyond this the oldest are folded into one sum. */
const MAX_TRANSFORMS = 1_024;
/** Remote tracks whose state is kept. */
const MAX_OWNERS = 4_096;

/** Keeps what transforms report: the newest state per owner, and totals. A report costs little; reading copies. */
export class TrackVerdicts {
  /** By owner id, of receivers only. Changes when a state does, not with every count. */
  readonly received: ReadonlySignal<ReadonlyMap<string, TrackVerdict>>;
  readonly totals: ReadonlySignal<FrameTotals>;
  readonly #states = new Map<string, TrackVerdict>();
  readonly #stateChanges: WritableSignal<number> = signal(0);
  readonly #reports = new Map<string, TransformReport>();
  readonly #reportCount: WritableSignal<number> = signal(0);
  #folded: FrameTotals = { sent: {}, received: {} };

  constructor() {
    this.received = computed(() => (this.#stateChanges.get(), new Map(this.#states)));
    this.totals = computed(() => (this.#reportCount.get(), this.#sum()));
  }

  note(report: TransformReport): void {
    // Deleted first, so that the oldest is the one that has been silent longest: most likely it is gone.
    this.#reports.delete(report.transformId);
    this.#reports.set(report.transformId, report);
    if (this.#reports.size > MAX_TRANSFORMS) this.#foldOldest();
    this.#reportCount.set(untracked(() => this.#reportCount.get()) + 1);
    if (report.direction === "receive") this.#noteState(report);
  }

  #noteState({ ownerId, state }: TransformReport): void {
    const known = this.#states.get(ownerId);
    // One that is not noted is not verified either, so the lock errs on the safe side.
    if (known === state || (known === undefined && this.#states.size >= MAX_OWNERS)) return;
    this.#states.set(ownerId, state);
    this.#stateChanges.set(untracked(() => this.#stateChanges.get()) + 1);
  }

  #foldOldest(): void {
    const [oldest] = this.#reports.values();
    if (!oldest) return;
    this.#folded = addReport(this.#folded, oldest);
    this.#reports.delete(oldest.transformId);
  }

  #sum(): FrameTotals {
    return [...this.#reports.values()].reduce(addReport, this.#folded);
  }
}

function addReport(totals: FrameTotals, report: TransformReport): FrameTotals {
  return report.direction === "send"
    ? { ...totals, sent: addCounts(totals.sent, report.counts) }
    : { ...totals, received: addCounts(totals.received, report.counts) };
}

function addCounts(
  sums: Readonly<Record<string, number>>,
  counts: Readonly<Record<string, number>>,
): Record<string, number> {
  const added = { ...sums };
  for (const [outcome, count] of Object.entries(counts)) added[outcome] = (added[outcome] ?? 0) + count;
  return added;
}
