import type { Place, StoredJob } from "../leave/LeaveJob.ts";
import type { JobStore } from "../leave/ports.ts";
import { fieldOf, tryStoredJob, writeStoredJob } from "../leave/storedForm.ts";

/** A store that outlives the services of a test, in the stored form. */
export class FakeJobStore implements JobStore {
  readonly entries = new Map<string, string>();
  isBroken = false;

  load(): Promise<readonly StoredJob[]> {
    return this.#answer(() => [...this.entries.values()].map(tryStoredJob).filter((job) => job !== undefined));
  }

  save(job: StoredJob): Promise<void> {
    return this.#answer(() => void this.entries.set(fieldOf(job), writeStoredJob(job)));
  }

  remove(place: Place): Promise<void> {
    return this.#answer(() => void this.entries.delete(fieldOf(place)));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #answer<T>(result: () => T): Promise<T> {
    return this.isBroken ? Promise.reject(new Error("broken")) : Promise.resolve(result());
  }
}
