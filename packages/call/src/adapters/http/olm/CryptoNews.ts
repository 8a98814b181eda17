import type { CryptoDelta } from "../parseSync.ts";

/**
 * Tells whether a sync holds anything that the OlmMachine does not know yet. Most hold nothing for it, and each that it is
 * fed costs it a transaction on its store, just when a key message wants to be encrypted.
 */
export class CryptoNews {
  #counts = "";

  isIn(delta: CryptoDelta): boolean {
    const counts = JSON.stringify([[...(delta.oneTimeKeyCounts ?? [])], delta.unusedFallbackKeys]);
    const isCountNew = counts !== this.#counts;
    this.#counts = counts;
    return isCountNew || delta.toDevice.length > 0 || delta.changedUsers.length > 0 || delta.leftUsers.length > 0;
  }
}
