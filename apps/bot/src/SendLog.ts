import type { MediaKind } from "@conclave/frame-crypto";

import type { SentInterval } from "./model.ts";

/** A longer pause between two frames ends an interval. */
const PAUSE_MS = 500;
/** Intervals that are kept; a bot that talks in turns for a day has fewer. */
const MAX_INTERVALS = 20_000;

interface Open {
  readonly fromMs: number;
  toMs: number;
  frames: number;
}

/** When a bot was sending, told from its frames. */
export class SendLog {
  readonly #closed: SentInterval[] = [];
  readonly #open = new Map<MediaKind, Open>();

  note(kind: MediaKind, nowMs: number): void {
    const open = this.#open.get(kind);
    if (open && nowMs - open.toMs <= PAUSE_MS) {
      open.toMs = nowMs;
      open.frames += 1;
      return;
    }
    if (open && this.#closed.length < MAX_INTERVALS) this.#closed.push({ kind, ...open });
    this.#open.set(kind, { fromMs: nowMs, toMs: nowMs, frames: 1 });
  }

  intervals(): readonly SentInterval[] {
    return [...this.#closed, ...Array.from(this.#open, ([kind, open]) => ({ kind, ...open }))];
  }
}
