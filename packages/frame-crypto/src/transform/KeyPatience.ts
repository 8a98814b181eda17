import { type Clock, Scope } from "@conclave/kit";

import type { FrameKeyStore } from "../FrameKeyStore.ts";

/** How long a track's video waits for a key, in all, between two frames that could be decrypted. */
export const KEY_PATIENCE_MS = 1_500;

/**
 * Holds video back while its key is on the way, rather than drop the key frame that a decoder has to start with: asking
 * for another one costs up to half a second. The frames that follow queue up behind it, as many as the browser allows
 * (60 in Chromium). Once patience is over, frames without a key are dropped as they come until one has been decrypted.
 */
export class KeyPatience {
  readonly #clock: Clock;
  readonly #keys: FrameKeyStore;
  #untilMs: number | undefined;

  constructor(clock: Clock, keys: FrameKeyStore) {
    this.#clock = clock;
    this.#keys = keys;
  }

  /** Resolves with true as soon as the key is there, with false when it has been waited for long enough. */
  async awaitKey(ownerId: string, index: number): Promise<boolean> {
    this.#untilMs ??= this.#clock.monotonicMs() + KEY_PATIENCE_MS;
    const leftMs = this.#untilMs - this.#clock.monotonicMs();
    if (leftMs <= 0) return false;
    const waiting = new Scope();
    try {
      return await new Promise<boolean>((resolve) => {
        const look = async (): Promise<void> => {
          if ((await this.#keys.owner(ownerId)?.find(index)) !== undefined) resolve(true);
        };
        this.#keys.keySet.on(waiting, () => void look());
        waiting.onEnd(this.#clock.after(leftMs, () => resolve(false)));
        void look();
      });
    } finally {
      void waiting.end();
    }
  }

  /** A frame has been decrypted. */
  restore(): void {
    this.#untilMs = undefined;
  }
}
