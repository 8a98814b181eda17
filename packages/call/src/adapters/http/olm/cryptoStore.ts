/** What matrix-sdk-crypto appends to the name of a store. */
const DATABASE_SUFFIXES = ["::matrix-sdk-crypto", "::matrix-sdk-crypto-meta"] as const;

/** Each device has a store of its own: a new device never meets another one's keys. */
export function cryptoStoreNameOf(prefix: string, deviceId: string): string {
  return `${prefix}:${deviceId}`;
}

/** False in Node and in browsers that refuse storage: keys then live in memory and end with the session. */
export function canPersistKeys(): boolean {
  return typeof globalThis.indexedDB === "object" && globalThis.indexedDB !== null;
}

/** Whether the keys of a device are still on this machine. Never rejects: keys that cannot be read are not there. */
export function hasCryptoStore(storeName: string): Promise<boolean> {
  if (!canPersistKeys()) return Promise.resolve(false);
  return new Promise((resolve) => {
    const request = globalThis.indexedDB.open(`${storeName}${DATABASE_SUFFIXES[0]}`);
    let isNew = false;
    request.addEventListener("upgradeneeded", (event) => {
      // Asking must not create it.
      isNew = event.oldVersion === 0;
      if (isNew) request.transaction?.abort();
    });
    request.addEventListener("success", () => {
      request.result.close();
      resolve(!isNew);
    });
    request.addEventListener("error", () => resolve(false));
    request.addEventListener("blocked", () => resolve(false));
  });
}

/** Forgets the keys of a device that is no longer used. Never rejects. */
export function deleteCryptoStore(storeName: string): void {
  if (!canPersistKeys()) return;
  for (const suffix of DATABASE_SUFFIXES) globalThis.indexedDB.deleteDatabase(`${storeName}${suffix}`);
}
