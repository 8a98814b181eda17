import type { CancelTimer, Clock, Scope } from "@conclave/kit";

/** Calls `run` again and again until the scope ends, the first time after one period. */
export function every(clock: Clock, periodMs: number, scope: Scope, run: () => void): void {
  let cancel: CancelTimer | undefined;
  function schedule(): void {
    if (scope.isEnded) return;
    cancel = clock.after(periodMs, () => {
      schedule();
      run();
    });
  }
  scope.onEnd(() => cancel?.());
  schedule();
}
