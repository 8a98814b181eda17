import type { RoomId } from "@conclave/matrix-rtc";

import type { SyncDelta } from "./parseSync.ts";

/** One answer of the homeserver. */
export interface SyncStep {
  readonly delta: SyncDelta;
  /** The server did not know where this client was: changes of device lists before it may be missing. */
  readonly isFirst: boolean;
}

/** A way to ask the homeserver for news. One request at a time. */
export interface SyncSource {
  /**
   * Asks once; the first time it is answered at once, later as soon as there is news. Asking again tells the server to
   * forget the to-device messages of the answer before.
   *
   * @param isAtOnce answered at once, news or not: after a failure that tells whether the server is back
   * @throws {MatrixRtcError}
   */
  next(isAtOnce?: boolean): Promise<SyncStep>;
  /** From now on news of this room are wanted. A source may bring news of others as well. */
  want(roomId: RoomId): void;
}

/** Which way is gone: `auto` takes sliding sync where the homeserver has it. */
export type SyncWay = "auto" | "sliding" | "filtered";

/** How long an answer may take when there is no news. */
export const LONG_POLL_MS = 30_000;
/** What an answer may take beyond the long poll. */
export const ANSWER_MS = 15_000;
export const MAX_SYNC_BYTES: number = 64 * 1024 * 1024;
/** The first answer decides whether the stored account works: worth a second try before the loop's own patience. */
export const FIRST_RETRIES = 2;
