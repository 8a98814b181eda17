import type { Clock } from "@conclave/kit";

/**
 * Wakes waiting `/sync` requests right after a write: in the next turn of the event loop, so that the writer's answer
 * goes out before many others are made, and several writes of one turn make one answer. Holds one entry per waiting
 * request and nothing else.
 */
export class Notifier {
  readonly #waiting = new Map<string, Set<() => void>>();
  readonly #woken = new Set<string>();
  readonly #clock: Clock;
  #isClosed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  wake(userIds: Iterable<string>): void {
    for (const userId of userIds) {
      if (!this.#waiting.has(userId) || this.#woken.has(userId)) continue;
      this.#woken.add(userId);
      // A turn each: the first answer is out while the others are still being made.
      setImmediate(() => this.#resume(userId));
    }
  }

  #resume(userId: string): void {
    this.#woken.delete(userId);
    const waiters = this.#waiting.get(userId);
    if (!waiters) return;
    this.#waiting.delete(userId);
    for (const resume of waiters) resume();
  }

  /** Resolves at the next wake of the user, after `timeoutMs`, or as soon as `signal` aborts. */
  wait(userId: string, timeoutMs: number, signal: AbortSignal): Promise<void> {
    if (this.#isClosed || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const waiters = this.#waiting.get(userId) ?? new Set();
      this.#waiting.set(userId, waiters);
      const cancelTimer = this.#clock.after(timeoutMs, finish);
      const forget = (): void => {
        waiters.delete(finish);
        if (waiters.size === 0 && this.#waiting.get(userId) === waiters) this.#waiting.delete(userId);
      };
      function finish(): void {
        cancelTimer();
        signal.removeEventListener("abort", finish);
        forget();
        resolve();
      }
      signal.addEventListener("abort", finish, { once: true });
      waiters.add(finish);
    });
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  close(): void {
    this.#isClosed = true;
    for (const userId of this.#waiting.keys()) this.#resume(userId);
  }
}
