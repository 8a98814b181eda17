import type { CancelTimer, Clock } from "@conclave/kit";

/** Settles as `work` does, or with `undefined` after `limitMs`; `work` is then left to itself. */
export async function within<T>(clock: Clock, limitMs: number, work: Promise<T>): Promise<T | undefined> {
  let cancel: CancelTimer | undefined;
  const tooLate = new Promise<undefined>((resolve) => {
    cancel = clock.after(limitMs, () => resolve(undefined));
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    cancel?.();
  }
}
