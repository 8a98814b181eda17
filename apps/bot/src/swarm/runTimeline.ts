import type { CancelTimer, Clock, Scope } from "@conclave/kit";

/** Something that happens at a given time from the start. */
export interface Timed {
  readonly atMs: number;
}

/**
 * Performs each act at its time; late ones at once, and none is waited for. Resolves at `endsAtMs`, or when the scope
 * ends.
 *
 * @param acts in order of time
 */
export function runTimeline<Act extends Timed>(
  { clock, perform }: { readonly clock: Clock; readonly perform: (act: Act) => void },
  { acts, endsAtMs }: { readonly acts: readonly Act[]; readonly endsAtMs: number },
  scope: Scope,
): Promise<void> {
  const startedAtMs = clock.monotonicMs();
  let next = 0;
  return new Promise((resolve) => {
    let cancel: CancelTimer | undefined;
    const forget = scope.onEnd(() => {
      cancel?.();
      resolve();
    });
    const proceed = (): void => {
      const nowMs = clock.monotonicMs() - startedAtMs;
      for (; next < acts.length && acts[next]!.atMs <= nowMs; next++) perform(acts[next]!);
      const dueAtMs = acts[next]?.atMs ?? endsAtMs;
      if (next >= acts.length && nowMs >= endsAtMs) {
        forget();
        return resolve();
      }
      cancel = clock.after(Math.max(0, dueAtMs - nowMs), proceed);
    };
    proceed();
  });
}
