import { SfuError } from "../errors.ts";

/**
 * Runs asynchronous tasks one at a time, in order. Closing it refuses new tasks and lets the running one finish;
 * waiting ones are refused.
 */
export class Mailbox {
  readonly #limit: number;
  #tail: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #isClosed = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** @throws {SfuError} `client_too_fast` when `limit` tasks wait already, `ended` after `close` */
  run<T>(task: () => Promise<T> | T): Promise<T> {
    if (this.#isClosed) return Promise.reject(new SfuError("ended", "The queue is closed"));
    if (this.#waiting >= this.#limit) return Promise.reject(new SfuError("client_too_fast", "Too many requests wait"));
    this.#waiting += 1;
    const result = this.#tail.then(() => {
      this.#waiting -= 1;
      if (this.#isClosed) throw new SfuError("ended", "The queue is closed");
      return task();
    });
    this.#tail = result.catch(() => undefined);
    return result;
  }

  close(): void {
    this.#isClosed = true;
  }
}
