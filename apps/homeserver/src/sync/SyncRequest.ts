import type { Viewer } from "../rooms/clientEvent.ts";
import type { AccountData } from "../store/AccountDataStore.ts";
import type { SyncFilter } from "./filter.ts";
import type { SyncPosition } from "./syncToken.ts";

/** One round of a `/sync`: what was asked, and up to where it is answered. */
export interface SyncRequest {
  readonly viewer: Viewer;
  readonly since: SyncPosition;
  /** Newest stream position that the answer covers. */
  readonly upTo: number;
  /** Newest position of sticky events that the answer covers. */
  readonly stickyUpTo: number;
  readonly filter: SyncFilter;
  readonly fullState: boolean;
  /** MSC4222: state at the end of the timeline instead of before it, under which name. */
  readonly stateAfter: "stable" | "unstable" | undefined;
  /** Account data that changed, by room. */
  readonly accountData: ReadonlyMap<string, readonly AccountData[]>;
}
