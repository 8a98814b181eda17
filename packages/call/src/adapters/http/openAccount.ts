import type { Clock, Logger } from "@conclave/kit";
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
  readonly clock: Clock;
  readonly randomBytes: (lengthBytes: number) => Uint8Array<ArrayBuffer>;
  readonly logger: Logger;
}

export interface OpenedAccount {
  readonly account: StoredAccount;
  /** Name of this device's crypto store; `undefined` where keys live in memory. */
  readonly storeName: string | undefined;
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
  const stored = await deps.account.load();
  if (!stored || stored.homeserverUrl !== deps.client.baseUrl) return adopt(deps, await registerGuest(deps));
  const storeName = cryptoStoreNameOf(deps.cryptoStoreName, stored.deviceId);
  if (!(await hasCryptoStore(storeName))) {
    deps.logger.info("the device's keys are gone, making a new device");
    return replaceDevice(deps, stored);
  }
  deps.client.useAccessToken(stored.accessToken);
  try {
    return { account: stored, storeName, firstSync: await syncOnce(deps.client) };
  } catch (error) {
    if (!(error instanceof MatrixRtcError) || error.code !== "logged_out") throw error;
    deps.logger.info("the stored account was logged out");
    deleteCryptoStore(storeName);
    return replaceDevice(deps, stored);
  }
}

async function replaceDevice(deps: OpenAccountDeps, stored: StoredAccount): Promise<OpenedAccount> {
  return adopt(deps, (await loginAgain(deps.client, stored)) ?? (await registerGuest(deps)));
}

async function adopt(deps: OpenAccountDeps, account: StoredAccount): Promise<OpenedAccount> {
  deps.client.useAccessToken(account.accessToken);
  await deps.account.save(account);
  const storeName = canPersistKeys() ? cryptoStoreNameOf(deps.cryptoStoreName, account.deviceId) : undefined;
  return { account, storeName };
}
