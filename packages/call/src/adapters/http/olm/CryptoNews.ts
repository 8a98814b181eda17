import type { CryptoDelta } from "../parseSync.ts";

/** Half of what the OlmMachine keeps on the server. While more are left nobody runs out of them. */
const FEW_KEYS = 25;
const KEY_TYPE = "signed_curve25519";

/** What a sync holds for the OlmMachine. */
export interface News {
  /** Messages and changed devices, without the counts; `undefined` if there are none. */
  readonly now: CryptoDelta | undefined;
  /** Counts that the machine should do something about, alone; they are not urgent. */
  readonly later: CryptoDelta | undefined;
}

/**
 * Sorts what a sync holds for the OlmMachine. Most hold nothing, and each that it is fed costs it a transaction on its
 * store, just when a key message wants to be encrypted. Counts of keys cost one more, which the message beside them would
 * wait for, and made up for one by one they cost three for each message that opens a session.
 */
export class CryptoNews {
  #needs = JSON.stringify([undefined, undefined]);

  sort(delta: CryptoDelta): News {
    const needs = JSON.stringify([fewOf(delta.oneTimeKeyCounts), delta.unusedFallbackKeys]);
    const isNeedNew = needs !== this.#needs;
    this.#needs = needs;
    const isUrgent = delta.toDevice.length > 0 || delta.changedUsers.length > 0 || delta.leftUsers.length > 0;
    return {
      now: isUrgent ? { ...delta, oneTimeKeyCounts: undefined, unusedFallbackKeys: undefined } : undefined,
      later: isNeedNew ? { ...delta, toDevice: [], changedUsers: [], leftUsers: [] } : undefined,
    };
  }
}

/** How many one-time keys are left, if they are few. A server may leave a count of 0 out. */
function fewOf(counts: CryptoDelta["oneTimeKeyCounts"]): number | undefined {
  if (!counts) return undefined;
  const left = counts.get(KEY_TYPE) ?? 0;
  return left < FEW_KEYS ? left : undefined;
}
