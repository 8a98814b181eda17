import type { KeyValueStore } from "../preferences/Preferences.ts";

/** Local storage that lives as long as the test. */
export function memoryStore(content: Readonly<Record<string, string>> = {}): KeyValueStore {
  const values = new Map(Object.entries(content));
  return {
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => void values.set(key, value),
    removeItem: (key) => void values.delete(key),
  };
}

/** What a browser gives that forbids storage. */
export function brokenStore(): KeyValueStore {
  return { getItem: fail, setItem: fail, removeItem: fail };
}

function fail(): never {
  throw new DOMException("The quota has been exceeded", "QuotaExceededError");
}
