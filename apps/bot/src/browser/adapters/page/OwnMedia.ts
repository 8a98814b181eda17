import type { MediaKind } from "@conclave/frame-crypto";

import type { SentInterval } from "../../../model.ts";

interface Open {
  readonly fromMs: number;
  readonly framesBefore: number;
}

/**
 * When this browser was sending. Runs in the page, where its source is all there is: it refers to nothing outside
 * itself.
 */
export class OwnMedia {
  readonly #closed: SentInterval[] = [];
  readonly #open = new Map<MediaKind, Open>();
  /** Later intervals are not kept. */
  readonly #maxIntervals = 2_000;

  /** @param frames that were sent of this kind since the page was opened */
  note(kind: MediaKind, isSending: boolean, at: { readonly ms: number; readonly frames: number }): void {
    const open = this.#open.get(kind);
    if (isSending && !open) this.#open.set(kind, { fromMs: at.ms, framesBefore: at.frames });
    if (isSending || !open) return;
    this.#open.delete(kind);
    if (this.#closed.length >= this.#maxIntervals) return;
    this.#closed.push({ kind, fromMs: open.fromMs, toMs: at.ms, frames: at.frames - open.framesBefore });
  }

  read(frames: (kind: MediaKind) => number): readonly SentInterval[] {
    const running = Array.from(this.#open, ([kind, { fromMs, framesBefore }]) => ({
      kind,
      fromMs,
      frames: frames(kind) - framesBefore,
    }));
    return [...this.#closed, ...running];
  }
}
