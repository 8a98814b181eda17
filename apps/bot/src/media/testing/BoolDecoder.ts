/** The other side of `BoolEncoder` (RFC 6386, 7.3). Reads zeros behind the end. */
export class BoolDecoder {
  readonly #bytes: Uint8Array;
  #at = 0;
  #range = 255;
  /** Two bytes, of which the upper one is compared. */
  #value: number;
  #bitsTaken = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#value = this.#nextByte() * 256 + this.#nextByte();
  }

  /** @param falseProbability 1 to 255, of 256 */
  readBool(falseProbability: number): boolean {
    const split = 1 + (((this.#range - 1) * falseProbability) >> 8);
    const isTrue = this.#value >= split * 256;
    if (isTrue) {
      this.#range -= split;
      this.#value -= split * 256;
    } else {
      this.#range = split;
    }
    while (this.#range < 128) {
      this.#range *= 2;
      this.#value *= 2;
      this.#bitsTaken++;
      if (this.#bitsTaken < 8) continue;
      this.#bitsTaken = 0;
      this.#value += this.#nextByte();
    }
    return isTrue;
  }

  #nextByte(): number {
    return this.#bytes[this.#at++] ?? 0;
  }
}
