import { ClientEvent, createClient, SyncState, type MatrixClient } from "matrix-js-sdk";

/** Registers an account and starts matrix-js-sdk on it, with its own crypto, as Element Call's standalone build does. */
export async function signIn(homeserverUrl: string, displayName: string): Promise<MatrixClient> {
  const visitor = createClient({ baseUrl: homeserverUrl });
  const account = await visitor.registerRequest({
    username: `${displayName.toLowerCase()}-${crypto.randomUUID().slice(0, 8)}`,
    password: crypto.randomUUID(),
    auth: { type: "m.login.dummy" },
  });
  const client = createClient({
    baseUrl: homeserverUrl,
    userId: account.user_id,
    deviceId: account.device_id!,
    accessToken: account.access_token!,
  });
  await client.initRustCrypto({ useIndexedDB: false });
  const synced = new Promise<void>((resolve) => {
    client.on(ClientEvent.Sync, (state) => {
      if (state === SyncState.Prepared) resolve();
    });
  });
  await client.startClient({ initialSyncLimit: 20 });
  await synced;
  await client.setDisplayName(displayName);
  return client;
}
