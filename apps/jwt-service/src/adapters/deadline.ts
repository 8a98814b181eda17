/**
 * An instant by `performance.now()`. A number and one timer for each request in place of an `AbortSignal`, which costs a third of
 * the request.
 */
export type Deadline = number;

export function deadlineIn(waitMs: number): Deadline {
  return performance.now() + waitMs;
}

/** How long there is until then; not negative. */
export function timeLeftMs(deadline: Deadline): number {
  return Math.max(0, deadline - performance.now());
}
