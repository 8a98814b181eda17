/** In which order those who wait go on. */
export type ReleaseOrder = "oldest_first" | "newest_first";

/** Holds what arrives until it is opened, and stays open then. */
export class Gate {
  readonly #held: (() => Promise<void>)[] = [];
  #isOpen = false;

  get held(): number {
    return this.#held.length;
  }

  /** Does `work`, as soon as the gate is open. */
  through<T>(work: () => Promise<T>): Promise<T> {
    if (this.#isOpen) return work();
    return new Promise((resolve, reject) => {
      this.#held.push(() => work().then(resolve, reject));
    });
  }

  /** Lets everything through, one after the other: each begins when the work of the one before is done. */
  async open(order: ReleaseOrder = "oldest_first"): Promise<void> {
    this.#isOpen = true;
    const held = this.#held.splice(0);
    for (const go of order === "oldest_first" ? held : held.toReversed()) await go();
  }
}
