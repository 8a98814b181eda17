import type { Clock } from "@conclave/kit";

/** Key frames that one transform asks for at most. */
export const KEY_FRAME_INTERVAL_MS = 1_000;

/**
 * Asks for a key frame when video goes on after frames were dropped: a decoder can do nothing with the frames that follow
 * a gap, and finds out by itself only after seconds.
 */
export class KeyFrameRequests {
  readonly #clock: Clock;
  readonly #ask: () => void;
  #hasGap = false;
  #askedAtMs = -KEY_FRAME_INTERVAL_MS;

  constructor(clock: Clock, ask: () => void) {
    this.#clock = clock;
    this.#ask = ask;
  }

  /** A frame did not pass. */
  dropped(): void {
    this.#hasGap = true;
  }

  /** A frame passed. */
  passed(isKeyFrame: boolean): void {
    if (!this.#hasGap) return;
    if (isKeyFrame) {
      this.#hasGap = false;
      return;
    }
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#askedAtMs < KEY_FRAME_INTERVAL_MS) return;
    this.#askedAtMs = nowMs;
    this.#ask();
  }
}
