import type { Clock, Scope } from "@conclave/kit";

import { canPersistKeys } from "./olm/cryptoStore.ts";

/** A reload may come before its old page has let go. */
const MAX_WAIT_MS = 400;

/**
 * Takes a crypto store for this tab until the scope ends. Two tabs on one store would use up each other's Olm
 * ratchets, and be the same member of the same call.
 *
 * @returns false if another tab has it
 * @see Web Locks API
 */
export function claimStore(name: string, clock: Clock, scope: Scope): Promise<boolean> {
  if (!canPersistKeys() || !globalThis.navigator?.locks) return Promise.resolve(true);
  const waiting = new AbortController();
  const cancelTimer = clock.after(MAX_WAIT_MS, () => waiting.abort());
  return new Promise((resolve) => {
    const hold = (): Promise<void> => {
      cancelTimer();
      resolve(true);
      return new Promise((release) => scope.onEnd(release));
    };
    globalThis.navigator.locks.request(`conclave:${name}`, { signal: waiting.signal }, hold).catch(() => {
      cancelTimer();
      resolve(false);
    });
  });
}
