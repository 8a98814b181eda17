/** Ends a scheduled call. Calling it twice, or after the call has run, does nothing. */
export type CancelTimer = () => void;

/**
 * The only way to read time or to wait. Everything that takes a `Clock` can be tested without real time.
 *
 * `nowMs` is wall-clock time in milliseconds since 1970; `monotonicMs` never goes backwards and has no
 * meaning outside one process.
 */
export interface Clock {
  nowMs(): number;
  monotonicMs(): number;
  /** Calls `run` once after `delayMs` (0 or more). */
  after(delayMs: number, run: () => void): CancelTimer;
}

// setTimeout keeps 32 bits: anything longer fires at once.
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The real clock. Delays above 24.8 days are cut to that. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, Math.min(Math.max(0, delayMs), MAX_TIMER_MS));
    return () => clearTimeout(timer);
  },
};

/**
 * A clock whose wall time goes on as the monotonic one does, from what `clock` says now: whoever sets the computer's
 * clock moves no deadline. It falls behind by as long as the computer sleeps.
 */
export function steadyClock(clock: Clock): Clock {
  const startMs = clock.nowMs() - clock.monotonicMs();
  return {
    // Whole milliseconds, as those of a wall clock are: Matrix takes no others.
    nowMs: () => Math.round(startMs + clock.monotonicMs()),
    monotonicMs: () => clock.monotonicMs(),
    after: (delayMs, run) => clock.after(delayMs, run),
  };
}

/**
 * Resolves after `delayMs`, or rejects with the signal's reason as soon as it aborts.
 *
 * @throws the abort reason of `signal`
 */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error);
    const cancel = clock.after(delayMs, () => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    });
    function onAbort(): void {
      cancel();
      reject(signal?.reason as Error);
    }
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
