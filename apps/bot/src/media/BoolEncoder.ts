/**
 * VP8's arithmetic coder (RFC 6386, 7.3): writes yes-no decisions of known probability into bytes.
 *
 * Invariant: what was written so far is a number in [bottom, bottom + range), scaled as the next byte needs it.
 */
export class BoolEncoder {
  readonly #bytes: number[] = [];
  #bottom = 0;
  #range = 255;
  /** Shifts until the next byte is whole. */
  #bitsToByte = 24;

  /** @param falseProbability 1 to 255, of 256 */
  writeBool(value: boolean, falseProbability: number): void {
    const split = 1 + (((this.#range - 1) * falseProbability) >> 8);
    if (value) {
      this.#bottom += split;
      this.#range -= split;
    } else {
      this.#range = split;
    }
    while (this.#range < 128) {
      this.#range *= 2;
      this.#shift();
    }
  }

  /** Unsigned, most significant bit first, without compression. */
  writeBits(value: number, count: number): void {
    for (let bit = count - 1; bit >= 0; bit--) this.writeBool(((value >> bit) & 1) === 1, 128);
  }

  /** All that was written. Nothing may be written afterwards. */
  finish(): Uint8Array<ArrayBuffer> {
    for (let shifts = 0; shifts < 32; shifts++) this.#shift();
    return Uint8Array.from(this.#bytes);
  }

  #shift(): void {
    if (this.#bottom >= 2 ** 31) this.#carry();
    // Drops the bit that was carried.
    this.#bottom = (this.#bottom << 1) >>> 0;
    this.#bitsToByte--;
    if (this.#bitsToByte > 0) return;
    this.#bytes.push(this.#bottom >>> 24);
    this.#bottom &= 0xff_ffff;
    this.#bitsToByte = 8;
  }

  #carry(): void {
    let at = this.#bytes.length - 1;
    while (at >= 0 && this.#bytes[at] === 255) this.#bytes[at--] = 0;
    if (at >= 0) this.#bytes[at]!++;
  }
}
