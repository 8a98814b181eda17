import { ClientEvent, createClient, type MatrixClient, MemoryCryptoStore, SyncState } from "matrix-js-sdk";

import type { Parameters } from "./parameters.ts";

interface Account {
  readonly userId: string;
  readonly deviceId: string;
  readonly accessToken: string;
}

/** Past the cache: for it, equal long polls of two accounts in one browser would be one, and the second waits for the first. */
const fetchFn: typeof fetch = (input, init) => fetch(input, { ...init, cache: "no-store" });

/** Logs in, or makes a guest's account, and starts a client with encryption. Keys live as long as the page. */
export async function signIn(parameters: Parameters, name: string): Promise<MatrixClient> {
  const { homeserver: baseUrl, password } = parameters;
  const account = password === undefined ? await register(baseUrl, name) : await logIn(baseUrl, name, password);
  // The default is a database that all pages of the site share: accounts in two frames would disturb each other.
  const client = createClient({ baseUrl, ...account, fetchFn, cryptoStore: new MemoryCryptoStore() });
  await client.initRustCrypto({ useIndexedDB: false });
  const synced = new Promise<void>((resolve) => {
    const look = (state: SyncState): void => {
      if (state !== SyncState.Prepared) return;
      client.off(ClientEvent.Sync, look);
      resolve();
    };
    client.on(ClientEvent.Sync, look);
  });
  await client.startClient({ initialSyncLimit: 30, lazyLoadMembers: false });
  await synced;
  if (password === undefined) await client.setDisplayName(name);
  return client;
}

async function register(baseUrl: string, name: string): Promise<Account> {
  const answer = await createClient({ baseUrl, fetchFn }).registerRequest({
    username: `${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-") || "guest"}-${crypto.randomUUID().slice(0, 8)}`,
    password: crypto.randomUUID(),
    auth: { type: "m.login.dummy" },
  });
  return { userId: answer.user_id, deviceId: answer.device_id ?? "", accessToken: answer.access_token ?? "" };
}

async function logIn(baseUrl: string, user: string, password: string): Promise<Account> {
  const answer = await createClient({ baseUrl, fetchFn }).loginRequest({
    type: "m.login.password",
    identifier: { type: "m.id.user", user },
    password,
  });
  return { userId: answer.user_id, deviceId: answer.device_id, accessToken: answer.access_token };
}
