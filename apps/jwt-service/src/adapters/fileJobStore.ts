import { readFile, rename, writeFile } from "node:fs/promises";

import type { JobStore } from "../leave/ports.ts";
import { fieldOf, tryStoredJob, writeStoredJob } from "../leave/storedForm.ts";

/** Whoever knows a delay id can send the event. */
const FOR_THE_OWNER_ONLY = 0o600;

/** Keeps jobs in a file, for installations of one process. The file is replaced as a whole, so it is never half written. */
export function fileJobStore(path: string): JobStore {
  const entries = new Map<string, string>();
  let writing: Promise<void> | undefined;
  let isStale = false;

  async function writeAll(): Promise<void> {
    while (isStale) {
      isStale = false;
      await writeFile(`${path}.new`, JSON.stringify([...entries.values()]), { mode: FOR_THE_OWNER_ONLY });
      await rename(`${path}.new`, path);
    }
  }

  /** Resolves once everything up to now is written; changes meanwhile share the next write. */
  function write(): Promise<void> {
    isStale = true;
    writing ??= writeAll().finally(() => {
      writing = undefined;
    });
    return writing;
  }

  return {
    async load() {
      const jobs = (await readEntries(path)).map(tryStoredJob).filter((job) => job !== undefined);
      for (const job of jobs) entries.set(fieldOf(job), writeStoredJob(job));
      return jobs;
    },
    save(job) {
      entries.set(fieldOf(job), writeStoredJob(job));
      return write();
    },
    remove(place) {
      return entries.delete(fieldOf(place)) ? write() : Promise.resolve();
    },
    close: () => writing ?? Promise.resolve(),
  };
}

async function readEntries(path: string): Promise<readonly string[]> {
  try {
    const entries: unknown = JSON.parse(await readFile(path, "utf8"));
    return Array.isArray(entries) ? entries.filter((entry) => typeof entry === "string") : [];
  } catch (fault) {
    // No file yet, or one that cannot be read: both mean no jobs, and the next write makes it good.
    if (fault instanceof Error) return [];
    throw fault;
  }
}
