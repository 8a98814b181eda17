import type { TransformReport } from "@conclave/frame-crypto";
import { computed, type ReadonlySignal, signal, type WritableSignal } from "@conclave/kit";

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

/** Keeps what transforms report: the newest state per owner, and totals. */
export class TrackVerdicts {
  /** By owner id, of receivers only. Changes when a state does, not with every count. */
  readonly received: ReadonlySignal<ReadonlyMap<string, TrackVerdict>>;
  readonly totals: ReadonlySignal<FrameTotals>;
  readonly #received: WritableSignal<ReadonlyMap<string, TrackVerdict>> = signal(new Map());
  readonly #reports: WritableSignal<ReadonlyMap<string, TransformReport>> = signal(new Map());
  #folded: FrameTotals = { sent: {}, received: {} };

  constructor() {
    this.received = this.#received;
    this.totals = computed(() => [...this.#reports.get().values()].reduce(addReport, this.#folded));
  }

  note(report: TransformReport): void {
    const reports = new Map(this.#reports.get()).set(report.transformId, report);
    const [oldest] = reports.values();
    if (reports.size > MAX_TRANSFORMS && oldest) {
      this.#folded = addReport(this.#folded, oldest);
      reports.delete(oldest.transformId);
    }
    this.#reports.set(reports);
    if (report.direction === "receive") this.#noteState(report);
  }

  #noteState({ ownerId, state }: TransformReport): void {
    const received = this.#received.get();
    const known = received.get(ownerId);
    // One that is not noted is not verified either, so the lock errs on the safe side.
    if (known === state || (known === undefined && received.size >= MAX_OWNERS)) return;
    this.#received.set(new Map(received).set(ownerId, state));
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
