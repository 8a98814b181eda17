import { keyOf, type Place } from "../leave/LeaveJob.ts";
import type { SfuRooms } from "../sfu.ts";

/** An SFU's room service in memory: tests say who is there, and whether it answers. */
export class FakeSfuRooms implements SfuRooms {
  readonly created: string[] = [];
  readonly removed: Place[] = [];
  readonly #present = new Map<string, string>();
  /** Thrown by every call while it is set. */
  fault: Error | undefined;
  isAutoCreating = false;

  put(place: Place, sid = "PA_1"): void {
    this.#present.set(keyOf(place), sid);
  }

  take(place: Place): void {
    this.#present.delete(keyOf(place));
  }

  createRoom(name: string): Promise<void> {
    return this.#answer(() => void this.created.push(name));
  }

  find(place: Place): Promise<{ readonly sid: string } | undefined> {
    return this.#answer(() => {
      const sid = this.#present.get(keyOf(place));
      return sid === undefined ? undefined : { sid };
    });
  }

  remove(place: Place): Promise<void> {
    return this.#answer(() => {
      this.removed.push(place);
      this.take(place);
    });
  }

  listRooms(): Promise<void> {
    return this.#answer(() => {});
  }

  canJoinMissingRoom(): Promise<boolean> {
    return this.#answer(() => this.isAutoCreating);
  }

  #answer<T>(result: () => T): Promise<T> {
    return this.fault ? Promise.reject(this.fault) : Promise.resolve(result());
  }
}
