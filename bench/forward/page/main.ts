import type { LoadedSfu } from "./load.ts";
import { loadBare } from "./loadBare.ts";
import { loadLiveKit } from "./loadLiveKit.ts";

declare global {
  interface Window {
    /** The loaded SFUs by name, for the benchmark to start, stop and read. */
    sfus: Record<string, LoadedSfu>;
    loadLiveKit: typeof loadLiveKit;
    loadBare: typeof loadBare;
  }
}

window.sfus = {};
window.loadLiveKit = loadLiveKit;
window.loadBare = loadBare;
