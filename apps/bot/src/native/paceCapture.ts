import type { CancelTimer, Clock } from "@conclave/kit";

/** A capture that is later than this starts anew instead of catching up: the machine was too slow. */
const MAX_LATE_MS = 300;

/**
 * Calls `capture` every `intervalMs` on average, the first time at once.
 *
 * @returns a function that stops it
 */
export function paceCapture(clock: Clock, intervalMs: number, capture: () => void): CancelTimer {
  let dueAtMs = clock.monotonicMs();
  let cancel: CancelTimer | undefined;
  const step = (): void => {
    const nowMs = clock.monotonicMs();
    if (nowMs - dueAtMs > MAX_LATE_MS) dueAtMs = nowMs;
    dueAtMs += intervalMs;
    cancel = clock.after(Math.max(0, dueAtMs - nowMs), step);
    capture();
  };
  step();
  return () => cancel?.();
}
