import type { AccountStore, StoredAccount } from "@conclave/call";

/** A bot's account for the length of a run; nothing is written anywhere. */
export class KeptAccount implements AccountStore {
  #account: StoredAccount | undefined;

  constructor(account?: StoredAccount) {
    this.#account = account;
  }

  load(): Promise<StoredAccount | undefined> {
    return Promise.resolve(this.#account);
  }

  save(account: StoredAccount): Promise<void> {
    this.#account = account;
    return Promise.resolve();
  }

  clear(): Promise<void> {
    this.#account = undefined;
    return Promise.resolve();
  }
}
