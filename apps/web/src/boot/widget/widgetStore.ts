import type { KeyValueStore } from "../../preferences/Preferences.ts";

/** What a widget may keep beyond its visit: which devices somebody likes. */
const LASTING = "conclave.devices";

/**
 * A store for one visit. Names and calls belong to the host's account, not to this site: nothing of them is kept, and nothing
 * of what the app has kept here is shown.
 */
export function widgetStore(store: KeyValueStore | undefined): KeyValueStore {
  const visit = new Map<string, string>();
  return {
    getItem: (key) => (key === LASTING ? (store?.getItem(key) ?? null) : (visit.get(key) ?? null)),
    setItem: (key, value) => void (key === LASTING ? store?.setItem(key, value) : visit.set(key, value)),
    removeItem: (key) => void (key === LASTING ? store?.removeItem(key) : visit.delete(key)),
  };
}
