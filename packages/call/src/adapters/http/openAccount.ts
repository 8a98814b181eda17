import type { Clock, Logger } from "@conclave/kit";
import { MatrixRtcError } from "@conclave/matrix-rtc";

import type { MatrixLogin, StoredAccount } from "../../matrixAccount.ts";
import type { AccountKeeper } from "./AccountKeeper.ts";
import { loginAgain, registerGuest } from "./guestAccount.ts";
import type { HomeserverClient } from "./HomeserverClient.ts";
import { type LoggedIn, logIn } from "./logIn.ts";
import { canPersistKeys, cryptoStoreNameOf, deleteCryptoStore, hasCryptoStore } from "./olm/cryptoStore.ts";
import type { SyncSource, SyncStep } from "./SyncSource.ts";

export interface OpenAccountDeps {
  readonly client: HomeserverClient;
  readonly keeper: AccountKeeper;
  readonly source: SyncSource & { expectFirstRoom(): void };
  readonly cryptoStoreName: string;
  /** False: keys live in memory, because another tab is the stored device. */
  readonly isPersistent: boolean;
  readonly login: MatrixLogin | undefined;
  readonly randomBytes: (lengthBytes: number) => Uint8Array<ArrayBuffer>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface OpenedAccount {
  readonly account: StoredAccount;
  /** Name of this device's crypto store; `undefined` where keys live in memory. */
  readonly storeName: string | undefined;
  /** Nobody has seen keys of this device yet. */
  readonly isNewDevice: boolean;
  /** The first sync, where it was needed to see whether the account still works. */
  readonly firstSync?: SyncStep;
}

/**
 * The account of the login, else the stored account if it still works, else its user on a new device, else a new guest.
 * Somebody who logs in is never made a guest.
 *
 * A device whose keys are gone from this machine is not used again: its published keys cannot be replaced, so nobody
 * could encrypt for it any more.
 *
 * @throws {MatrixRtcError} as `logIn` and `registerGuest`
 */
export async function openAccount(deps: OpenAccountDeps): Promise<OpenedAccount> {
  const stored = await deps.keeper.load();
  if (!stored || stored.homeserverUrl !== deps.client.baseUrl || !isMeant(stored, deps.login)) return openAnew(deps);
  const storeName = cryptoStoreNameOf(deps.cryptoStoreName, stored.deviceId);
  if (!(await hasCryptoStore(storeName))) {
    deps.logger.info("the device's keys are gone, making a new device");
    return replaceDevice(deps, stored);
  }
  deps.keeper.use(stored);
  try {
    const firstSync = await deps.source.next();
    // The token may have been renewed for it.
    return { account: deps.keeper.account ?? stored, storeName, isNewDevice: false, firstSync };
  } catch (error) {
    if (!(error instanceof MatrixRtcError) || error.code !== "logged_out") throw error;
    deps.logger.info("the stored account was logged out");
    deleteCryptoStore(storeName);
    return replaceDevice(deps, stored);
  }
}

/** Whether the stored account is the one that the login asks for. */
function isMeant({ accessToken, userId }: StoredAccount, login: MatrixLogin | undefined): boolean {
  switch (login?.type) {
    case "password":
      return userId === login.user || userId.startsWith(`@${login.user}:`);
    case "access_token":
      return accessToken === login.accessToken.reveal();
    case "token":
      return false;
    default:
      return true;
  }
}

async function openAnew(deps: OpenAccountDeps): Promise<OpenedAccount> {
  if (deps.login) return adopt(deps, await logIn(deps.client, deps.login, deps.clock.nowMs()));
  const account = await registerGuest(deps);
  deps.source.expectFirstRoom();
  return adopt(deps, { account, isNewDevice: true });
}

async function replaceDevice(deps: OpenAccountDeps, stored: StoredAccount): Promise<OpenedAccount> {
  const again = await loginAgain(deps.client, stored);
  if (!again) return openAnew(deps);
  logOut(deps, stored);
  return adopt(deps, { account: again, isNewDevice: true });
}

/** Takes the lost device off the user's list, so that nobody encrypts for it. Nothing waits for it. */
function logOut(deps: OpenAccountDeps, stored: StoredAccount): void {
  deps.client
    .json({ method: "POST", path: "/_matrix/client/v3/logout", accessToken: stored.accessToken, body: {} })
    .catch((error: unknown) => deps.logger.debug("the lost device could not be logged out", { error }));
}

async function adopt(deps: OpenAccountDeps, { account, isNewDevice }: LoggedIn): Promise<OpenedAccount> {
  await deps.keeper.adopt(account);
  const storeName =
    deps.isPersistent && canPersistKeys() ? cryptoStoreNameOf(deps.cryptoStoreName, account.deviceId) : undefined;
  return { account, storeName, isNewDevice };
}
