import type { CancelTimer, Clock } from "@conclave/kit";

interface Waiting<T> {
  readonly resolve: (reply: T) => void;
  readonly reject: (fault: unknown) => void;
  readonly cancel: CancelTimer;
}

/** Answers of a server that come as messages of their own, matched by a key. */
export class Replies<K, T> {
  readonly #clock: Clock;
  readonly #fault: () => Error;
  readonly #waiting = new Map<K, Waiting<T>>();

  /** @param fault what waiting ends with when nothing comes */
  constructor(clock: Clock, fault: () => Error) {
    this.#clock = clock;
    this.#fault = fault;
  }

  wait(key: K, timeoutMs: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(timeoutMs, () => this.refuse(key));
      this.#waiting.set(key, { resolve, reject, cancel });
    });
  }

  /** Replies that nobody waits for are ignored. */
  answer(key: K, reply: T): void {
    this.#take(key)?.resolve(reply);
  }

  refuse(key: K): void {
    this.#take(key)?.reject(this.#fault());
  }

  refuseAll(): void {
    for (const key of this.#waiting.keys()) this.refuse(key);
  }

  #take(key: K): Waiting<T> | undefined {
    const waiting = this.#waiting.get(key);
    this.#waiting.delete(key);
    waiting?.cancel();
    return waiting;
  }
}
