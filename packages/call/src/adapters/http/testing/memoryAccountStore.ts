import type { AccountStore, StoredAccount } from "../../../matrixAccount.ts";

export interface MemoryAccountStore extends AccountStore {
  /** What is stored now. */
  readonly current: () => StoredAccount | undefined;
}

/** Keeps an account for the length of a test. */
export function memoryAccountStore(initial?: StoredAccount): MemoryAccountStore {
  let stored = initial;
  return {
    current: () => stored,
    load: () => Promise.resolve(stored),
    save(account) {
      stored = account;
      return Promise.resolve();
    },
    clear() {
      stored = undefined;
      return Promise.resolve();
    },
  };
}
