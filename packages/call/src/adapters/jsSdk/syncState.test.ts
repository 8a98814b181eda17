import { SyncState } from "matrix-js-sdk";
import { expect, test } from "vitest";

import { isInTouch } from "./syncState.ts";

test("a client is out of touch while it fails, reconnects or is stopped, and never before its start", () => {
  const outOfTouch = Object.values(SyncState).filter((state) => !isInTouch(state));

  expect(outOfTouch.toSorted()).toEqual([SyncState.Error, SyncState.Reconnecting, SyncState.Stopped].toSorted());
  expect(isInTouch(null)).toBe(true);
});
