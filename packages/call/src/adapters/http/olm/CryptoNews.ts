import type { CryptoDelta } from "../parseSync.ts";

/** What a sync holds for the OlmMachine. */
export interface News {
  /** Messages and changed devices, without the counts; `undefined` if there are none. */
  readonly now: CryptoDelta | undefined;
  /** Counts that have changed, alone; they are not urgent. */
  readonly later: CryptoDelta | undefined;
}

/**
 * Sorts what a sync holds for the OlmMachine. Most hold nothing, and each that it is fed costs it a transaction on its
 * store, just when a key message wants to be encrypted. Counts of keys cost one more, which the message beside them would
 * wait for.
 */
export class CryptoNews {
  #counts = "";

  sort(delta: CryptoDelta): News {
    const counts = JSON.stringify([[...(delta.oneTimeKeyCounts ?? [])], delta.unusedFallbackKeys]);
    const isCountNew = counts !== this.#counts;
    this.#counts = counts;
    const isUrgent = delta.toDevice.length > 0 || delta.changedUsers.length > 0 || delta.leftUsers.length > 0;
    return {
      now: isUrgent ? { ...delta, oneTimeKeyCounts: undefined, unusedFallbackKeys: undefined } : undefined,
      later: isCountNew ? { ...delta, toDevice: [], changedUsers: [], leftUsers: [] } : undefined,
    };
  }
}
