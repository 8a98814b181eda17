/** Runs asynchronous tasks one after the other, in the order in which they came. */
export class SerialQueue {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** How many tasks have not ended. */
  get length(): number {
    return this.#waiting;
  }

  /** Settles as the task does. A failed task does not hold up the next one. */
  run<T>(task: () => Promise<T>): Promise<T> {
    this.#waiting += 1;
    const result = this.#last.then(task);
    const settle = (): void => {
      this.#waiting -= 1;
    };
    this.#last = result.then(settle, settle);
    return result;
  }

  /** Resolves when everything that was asked for so far has ended. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
