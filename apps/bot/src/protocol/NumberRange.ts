/** Frame numbers are `epoch * EPOCH_SIZE + frame`: each publication of a track counts in an epoch of its own. */
export const EPOCH_SIZE = 1_000_000;

/**
 * Counts which of a sender's frames did not arrive, from their numbers: those between the first and the newest that was
 * read. Each epoch begins anew, so frames from before the first subscription are not missed.
 */
export class NumberRange {
  #settled = 0;
  #first = 0;
  #newest = -1;
  #arrived = 0;

  /** A frame with that number has been read. */
  note(number: number): void {
    const isSameEpoch = this.#newest >= 0 && Math.floor(number / EPOCH_SIZE) === Math.floor(this.#newest / EPOCH_SIZE);
    if (!isSameEpoch) this.restart(number);
    this.#newest = Math.max(this.#newest, number);
    // Late ones from before the first that was read are not part of the range.
    if (number >= this.#first) this.#arrived += 1;
  }

  /** A frame whose number cannot be read has arrived; it lies somewhere in the range. */
  noteUnreadable(): void {
    if (this.#newest >= 0) this.#arrived += 1;
  }

  /** What was missing is settled; the range begins with the next frame that is read. */
  restart(first = 0): void {
    this.#settled = this.missing;
    this.#first = first;
    this.#newest = -1;
    this.#arrived = 0;
  }

  get missing(): number {
    const length = this.#newest < 0 ? 0 : this.#newest - this.#first + 1;
    return this.#settled + Math.max(0, length - this.#arrived);
  }
}
