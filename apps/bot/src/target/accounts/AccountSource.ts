import type { StoredAccount } from "@conclave/call";

import type { MatrixApi } from "../MatrixApi.ts";
import type { Origin } from "./AccountBook.ts";

/** What every way to accounts needs. */
export interface SourceDeps {
  readonly api: MatrixApi;
  readonly randomBytes: (lengthBytes: number) => Uint8Array<ArrayBuffer>;
}

/** One way to get accounts on a homeserver. */
export interface AccountSource {
  readonly origin: Origin;
  /** The account of a bot; `undefined` leaves it to the bot to register a guest when it joins. */
  accountOf(botNumber: number): Promise<StoredAccount | undefined>;
  /** The account with which the target itself makes rooms, kicks and asks. */
  openKeeper(): Promise<Keeper>;
}

export interface Keeper {
  readonly account: StoredAccount;
  readonly origin: Origin;
  /** May use Synapse's admin API. */
  readonly isAdmin: boolean;
  /** The session is somebody else's and goes on after the run. */
  readonly isBorrowed: boolean;
}
