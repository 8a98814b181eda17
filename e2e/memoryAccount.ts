import type { AccountStore, StoredAccount } from "@conclave/call";

/** An account store that forgets with the test. */
export function memoryAccount(stored?: StoredAccount): AccountStore {
  return {
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
