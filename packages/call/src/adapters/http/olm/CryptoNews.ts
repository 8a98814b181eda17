import type { CryptoDelta } from "../parseSync.ts";

/** What a sync holds for the OlmMachine: something to do now, a count that can wait, or nothing. */
export type News = "now" | "later" | "none";

/**
 * Weighs what a sync holds for the OlmMachine. Most hold nothing, and each that it is fed costs it a transaction on its
 * store, just when a key message wants to be encrypted or read. How many one-time keys are left is not urgent.
 */
export class CryptoNews {
  #counts = "";

  weigh(delta: CryptoDelta): News {
    const counts = JSON.stringify([[...(delta.oneTimeKeyCounts ?? [])], delta.unusedFallbackKeys]);
    const isCountNew = counts !== this.#counts;
    this.#counts = counts;
    const isUrgent = delta.toDevice.length > 0 || delta.changedUsers.length > 0 || delta.leftUsers.length > 0;
    if (isUrgent) return "now";
    return isCountNew ? "later" : "none";
  }
}
