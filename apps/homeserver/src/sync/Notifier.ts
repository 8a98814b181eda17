import type { Clock } from "@conclave/kit";

/** Wakes waiting `/sync` requests in the task after a write. Holds one entry per waiting request and nothing else. */
export class Notifier {
  readonly #waiting = new Map<string, Set<() => void>>();
  readonly #clock: Clock;
  #isClosed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  wake(userIds: Iterable<string>): void {
    for (const userId of userIds) {
      const waiters = this.#waiting.get(userId);
      if (!waiters) continue;
      this.#waiting.delete(userId);
      for (const resume of waiters) resume();
    }
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

  get waitingUsers(): number {
    return this.#waiting.size;
  }

  close(): void {
    this.#isClosed = true;
    this.wake([...this.#waiting.keys()]);
  }
}
