import type { Logger } from "@conclave/kit";
import { MatrixRtcError, type RoomId } from "@conclave/matrix-rtc";

import { FilteredSync } from "../FilteredSync.ts";
import type { SyncSource, SyncStep, SyncWay } from "../SyncSource.ts";
import { SlidingSync, type SlidingSyncDeps } from "./SlidingSync.ts";

export interface ChosenSyncDeps extends SlidingSyncDeps {
  readonly logger: Logger;
  readonly way: SyncWay;
}

/** Sliding sync where the homeserver has it, else the filtered one: the first answer tells, and that is remembered. */
export class ChosenSync implements SyncSource {
  readonly #deps: ChosenSyncDeps;
  readonly #sliding: SlidingSync | undefined;
  #source: SyncSource;
  #isDecided: boolean;

  constructor(deps: ChosenSyncDeps) {
    this.#deps = deps;
    this.#sliding = deps.way === "filtered" ? undefined : new SlidingSync(deps);
    this.#source = this.#sliding ?? new FilteredSync(deps.client);
    this.#isDecided = deps.way !== "auto";
  }

  want(roomId: RoomId): void {
    this.#source.want(roomId);
  }

  /** The account has just been made. */
  expectFirstRoom(): void {
    this.#sliding?.expectFirstRoom();
  }

  async next(isAtOnce?: boolean): Promise<SyncStep> {
    try {
      const step = await this.#source.next(isAtOnce);
      this.#isDecided = true;
      return step;
    } catch (error) {
      if (this.#isDecided || !isMissing(error)) throw error;
      this.#deps.logger.info("the homeserver has no sliding sync");
      this.#isDecided = true;
      this.#source = new FilteredSync(this.#deps.client);
      return this.#source.next();
    }
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof MatrixRtcError && (error.code === "unsupported" || error.code === "not_found");
}
