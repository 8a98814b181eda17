/** Runs at most so many tasks at once; the others wait in order. A task that fails reports it itself. */
export class Turns {
  readonly #atOnce: number;
  readonly #waiting: (() => Promise<void>)[] = [];
  #running = 0;

  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  async take(task: () => Promise<void>): Promise<void> {
    if (this.#running >= this.#atOnce) {
      this.#waiting.push(task);
      return;
    }
    this.#running += 1;
    try {
      for (let next: (() => Promise<void>) | undefined = task; next; next = this.#waiting.shift()) await next();
    } finally {
      this.#running -= 1;
    }
  }
}
