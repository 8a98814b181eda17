/** Frames that are remembered one by one; anything older is refused unseen. */
export const REPLAY_WINDOW_FRAMES = 1024;

/** The part of an IV that orders the frames of one SSRC. */
export interface FramePosition {
  /** Word 1: the RTP timestamp, or a counter of ours. Wraps. */
  readonly timestamp: number;
  /** Word 2. */
  readonly counter: number;
}

/**
 * Remembers which frames of one SSRC under one key have been decrypted. Only authenticated frames are entered, so
 * nobody but the sender can move it.
 *
 * Timestamps are compared as RTP does: half the range ahead is new, the other half old.
 */
export class ReplayWindow {
  readonly #timestamps = new Uint32Array(REPLAY_WINDOW_FRAMES);
  readonly #counters = new Uint32Array(REPLAY_WINDOW_FRAMES);
  #entered = 0;
  #newest = 0;
  #floor: number | undefined;

  /** Whether the frame has neither been entered nor become too old to know. */
  isFresh(position: FramePosition): boolean {
    if (this.#entered === 0 || isAhead(position.timestamp, this.#newest)) return true;
    if (this.#floor !== undefined && !isAhead(position.timestamp, this.#floor)) return false;
    return !this.#has(position);
  }

  /**
   * Enters an authenticated frame.
   *
   * @returns false if it was entered before: two decryptions of one frame can run at the same time
   */
  enter(position: FramePosition): boolean {
    if (!this.isFresh(position)) return false;
    const slot = this.#entered % REPLAY_WINDOW_FRAMES;
    if (this.#entered >= REPLAY_WINDOW_FRAMES) this.#raiseFloor(this.#timestamps[slot] ?? 0);
    this.#timestamps[slot] = position.timestamp;
    this.#counters[slot] = position.counter;
    if (this.#entered === 0 || isAhead(position.timestamp, this.#newest)) this.#newest = position.timestamp;
    this.#entered += 1;
    return true;
  }

  #has(position: FramePosition): boolean {
    const filled = Math.min(this.#entered, REPLAY_WINDOW_FRAMES);
    let slot = this.#timestamps.indexOf(position.timestamp);
    while (slot !== -1 && slot < filled) {
      if (this.#counters[slot] === position.counter) return true;
      slot = this.#timestamps.indexOf(position.timestamp, slot + 1);
    }
    return false;
  }

  #raiseFloor(forgotten: number): void {
    if (this.#floor === undefined || isAhead(forgotten, this.#floor)) this.#floor = forgotten;
  }
}

function isAhead(timestamp: number, of: number): boolean {
  return ((timestamp - of) | 0) > 0;
}
