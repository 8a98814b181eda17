import type { Logger } from "@conclave/kit";
import { MatrixRtcError } from "@conclave/matrix-rtc";

import type { AccountStore, StoredAccount } from "../../matrixAccount.ts";
import { loginAgain, registerGuest } from "./guestAccount.ts";
import type { HomeserverClient } from "./HomeserverClient.ts";
import { canPersistKeys, cryptoStoreNameOf, deleteCryptoStore, hasCryptoStore } from "./olm/cryptoStore.ts";
import type { SyncDelta } from "./parseSync.ts";
import { syncOnce } from "./SyncLoop.ts";

export interface OpenAccountDeps {
  readonly client: HomeserverClient;
  readonly account: AccountStore;
  readonly cryptoStoreName: string;
  /** False: nothing is read or kept, because another tab is the stored device. */
  readonly isPersistent: boolean;
  readonly randomBytes: (lengthBytes: number) => Uint8Array<ArrayBuffer>;
  readonly logger: Logger;
}

export interface OpenedAccount {
  readonly account: StoredAccount;
  /** Name of this device's crypto store; `undefined` where keys live in memory. */
  readonly storeName: string | undefined;
  /** Nobody has seen keys of this device yet. */
  readonly isNewDevice: boolean;
  /** The first sync, where it was needed to see whether the account still works. */
  readonly firstSync?: SyncDelta;
}

/**
 * The stored account if it still works, else its user on a new device, else a new guest.
 *
 * A device whose keys are gone from this machine is not used again: its published keys cannot be replaced, so nobody
 * could encrypt for it any more.
 */
export async function openAccount(deps: OpenAccountDeps): Promise<OpenedAccount> {
  const stored = deps.isPersistent ? await deps.account.load() : undefined;
  if (!stored || stored.homeserverUrl !== deps.client.baseUrl) return adopt(deps, await registerGuest(deps));
  const storeName = cryptoStoreNameOf(deps.cryptoStoreName, stored.deviceId);
  if (!(await hasCryptoStore(storeName))) {
    deps.logger.info("the device's keys are gone, making a new device");
    return replaceDevice(deps, stored);
  }
  deps.client.useAccessToken(stored.accessToken);
  try {
    return { account: stored, storeName, isNewDevice: false, firstSync: await syncOnce(deps.client) };
  } catch (error) {
    if (!(error instanceof MatrixRtcError) || error.code !== "logged_out") throw error;
    deps.logger.info("the stored account was logged out");
    deleteCryptoStore(storeName);
    return replaceDevice(deps, stored);
  }
}

async function replaceDevice(deps: OpenAccountDeps, stored: StoredAccount): Promise<OpenedAccount> {
  const again = await loginAgain(deps.client, stored);
  if (again) logOut(deps, stored);
  return adopt(deps, again ?? (await registerGuest(deps)));
}

/** Takes the lost device off the user's list, so that nobody encrypts for it. Nothing waits for it. */
function logOut(deps: OpenAccountDeps, stored: StoredAccount): void {
  deps.client
    .json({ method: "POST", path: "/_matrix/client/v3/logout", accessToken: stored.accessToken, body: {} })
    .catch((error: unknown) => deps.logger.debug("the lost device could not be logged out", { error }));
}

async function adopt(deps: OpenAccountDeps, account: StoredAccount): Promise<OpenedAccount> {
  deps.client.useAccessToken(account.accessToken);
  if (deps.isPersistent) await deps.account.save(account);
  const storeName =
    deps.isPersistent && canPersistKeys() ? cryptoStoreNameOf(deps.cryptoStoreName, account.deviceId) : undefined;
  return { account, storeName, isNewDevice: true };
}
