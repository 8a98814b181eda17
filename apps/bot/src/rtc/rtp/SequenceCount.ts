const HALF = 0x80_00;
/** Packets that come later than this many others are not told from duplicates. */
const WINDOW = 1_024;

/** Counts packets by their 16-bit sequence numbers: what came, what is missing, what came twice. */
export class SequenceCount {
  #received = 0;
  #expected = 0;
  #highest: number | undefined;
  readonly #seen = new Uint8Array(WINDOW);

  get received(): number {
    return this.#received;
  }

  get lost(): number {
    return Math.max(0, this.#expected - this.#received);
  }

  /** @returns whether the packet is new */
  note(sequence: number): boolean {
    const step = this.#highest === undefined ? 1 : (sequence - this.#highest) & 0xff_ff;
    if (step >= HALF || step === 0) return this.#noteOld(sequence, (0x1_00_00 - step) & 0xff_ff);
    for (let gap = 1; gap < Math.min(step, WINDOW); gap++) this.#seen[(sequence - gap) & (WINDOW - 1)] = 0;
    this.#highest = sequence;
    this.#expected += step;
    return this.#take(sequence);
  }

  #noteOld(sequence: number, age: number): boolean {
    if (age >= WINDOW || this.#seen[sequence & (WINDOW - 1)] === 1) return false;
    // From before the first one that was seen: the stream is longer than was thought.
    this.#expected = Math.max(this.#expected, age + 1);
    return this.#take(sequence);
  }

  #take(sequence: number): boolean {
    this.#seen[sequence & (WINDOW - 1)] = 1;
    this.#received += 1;
    return true;
  }
}
