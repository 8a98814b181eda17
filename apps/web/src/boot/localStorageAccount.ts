import type { AccountStore, StoredAccount } from "@conclave/call";

import type { KeyValueStore } from "../preferences/Preferences.ts";

/** Keeps the account of a homeserver in this browser. One account for each homeserver. */
export function localStorageAccount(store: KeyValueStore | undefined, homeserverUrl: string): AccountStore {
  const key = `conclave.account.${homeserverUrl}`;
  return {
    async load() {
      return parseAccount(readJson(store, key), homeserverUrl);
    },
    async save(account) {
      try {
        store?.setItem(key, JSON.stringify(account));
      } catch {
        // A full or forbidden store: the account lives as long as the page.
      }
    },
    async clear() {
      store?.removeItem(key);
    },
  };
}

function readJson(store: KeyValueStore | undefined, key: string): unknown {
  try {
    return JSON.parse(store?.getItem(key) ?? "null") as unknown;
  } catch {
    return undefined;
  }
}

function parseAccount(value: unknown, homeserverUrl: string): StoredAccount | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { userId, deviceId, accessToken, password, displayName, ...rest } = value as Record<string, unknown>;
  if (typeof userId !== "string" || typeof deviceId !== "string" || typeof accessToken !== "string") return undefined;
  if (rest["homeserverUrl"] !== homeserverUrl) return undefined;
  return {
    homeserverUrl,
    userId,
    deviceId,
    accessToken,
    ...(typeof password === "string" ? { password } : {}),
    ...(typeof displayName === "string" ? { displayName } : {}),
    ...(typeof rest["refreshToken"] === "string" ? { refreshToken: rest["refreshToken"] } : {}),
    ...(typeof rest["expiresAtMs"] === "number" ? { expiresAtMs: rest["expiresAtMs"] } : {}),
  };
}
