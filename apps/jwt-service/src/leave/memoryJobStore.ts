import type { JobStore } from "./ports.ts";

/** Keeps nothing beyond the process: the jobs themselves are all there is. */
export function memoryJobStore(): JobStore {
  return {
    load: () => Promise.resolve([]),
    save: () => Promise.resolve(),
    remove: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}
