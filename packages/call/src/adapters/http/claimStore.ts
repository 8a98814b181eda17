import { type Clock, type Scope, sleep } from "@conclave/kit";

import { canPersistKeys } from "./olm/cryptoStore.ts";

/** A reload may come before its old page has let go; on a busy machine that takes a while. */
const MAX_WAIT_MS = 2_000;

/**
 * Takes a crypto store for this tab until the scope ends. Two tabs on one store would use up each other's Olm
 * ratchets, and be the same member of the same call.
 *
 * @returns false if another tab has it
 * @see Web Locks API
 */
export async function claimStore(name: string, clock: Clock, scope: Scope): Promise<boolean> {
  if (!canPersistKeys() || !globalThis.navigator?.locks) return true;
  const { locks } = globalThis.navigator;
  const lockName = `conclave:${name}`;
  const waiting = new AbortController();
  const held = new Promise<boolean>((resolve) => {
    const hold = (): Promise<void> => {
      resolve(true);
      return new Promise((release) => scope.onEnd(release));
    };
    locks.request(lockName, { signal: waiting.signal }, hold).catch(() => resolve(false));
  });
  // If nobody has it, the browser is only slow, and it will come.
  while ((await Promise.race([held, passed(clock, scope)])) === undefined) {
    const now = await locks.query();
    if (now.held?.some((lock) => lock.name === lockName)) waiting.abort();
  }
  return held;
}

function passed(clock: Clock, scope: Scope): Promise<undefined> {
  return sleep(clock, MAX_WAIT_MS, scope.signal).then(() => undefined);
}
