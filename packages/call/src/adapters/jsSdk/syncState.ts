import { SyncState } from "matrix-js-sdk";

const IN_TOUCH: Readonly<Record<SyncState, boolean>> = {
  [SyncState.Prepared]: true,
  [SyncState.Syncing]: true,
  [SyncState.Catchup]: true,
  [SyncState.Reconnecting]: false,
  [SyncState.Error]: false,
  [SyncState.Stopped]: false,
};

/** Whether the client may be in touch with its homeserver; a client that has not started yet may be. */
export function isInTouch(state: SyncState | null): boolean {
  return state === null || IN_TOUCH[state];
}
