import type { KeyValueStore } from "../preferences/Preferences.ts";

/** What the browser keeps for this site; undefined where that is forbidden, as in some frames. */
export function openStorage(window: Window): KeyValueStore | undefined {
  try {
    return window.localStorage;
  } catch {
    // Forbidden by the browser's settings.
    return undefined;
  }
}
