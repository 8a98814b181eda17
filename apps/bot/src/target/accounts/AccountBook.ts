import type { AccountStore, StoredAccount } from "@conclave/call";

import { TargetError } from "../errors.ts";

/** Where an account came from decides how it is removed. */
export type Origin = "made" | "given";

export interface BookedAccount {
  readonly origin: Origin;
  readonly account: StoredAccount;
}

/** Remembers every account and device that a run used, so that none is forgotten at the end. */
export class AccountBook {
  readonly #booked = new Map<string, BookedAccount>();
  readonly #ofBots = new Map<number, StoredAccount>();
  readonly #lent = new Set<string>();

  /** A store that notes what is saved; of a given account it knows that it must not be deactivated. */
  storeFor(botNumber: number, origin: Origin, initial?: StoredAccount): AccountStore {
    if (initial) this.note(origin, initial, botNumber);
    return {
      load: () => Promise.resolve(this.#ofBots.get(botNumber)),
      save: async (account) => this.#take(botNumber, account, origin === "given" ? initial?.userId : undefined),
      clear: () => {
        this.#ofBots.delete(botNumber);
        return Promise.resolve();
      },
    };
  }

  /** A session whose account cannot log in registers a guest instead; nobody who lent accounts asked for that. */
  #take(botNumber: number, account: StoredAccount, givenUser: string | undefined): void {
    const isGiven = account.userId === givenUser;
    this.note(isGiven ? "given" : "made", account, botNumber);
    if (givenUser === undefined || isGiven) return;
    this.#ofBots.delete(botNumber);
    throw new TargetError("wrong_credentials", `${givenUser} cannot log in: its password is not taken.`);
  }

  /** A user that was once noted as given stays it, whoever notes it again. */
  note(noted: Origin, account: StoredAccount, botNumber?: number): void {
    if (noted === "given") this.#lent.add(account.userId);
    const origin = this.#lent.has(account.userId) ? "given" : "made";
    // An account that a session logged in again has a new device; the old one was logged out by that.
    this.#booked.set(account.userId, { origin, account });
    if (botNumber !== undefined) this.#ofBots.set(botNumber, account);
  }

  userOf(botNumber: number): string | undefined {
    return this.#ofBots.get(botNumber)?.userId;
  }

  all(): readonly BookedAccount[] {
    return [...this.#booked.values()];
  }
}
