import { MatrixEvent } from "matrix-js-sdk";
import { describe, expect, test } from "vitest";

import { toSyncEvent } from "./toSyncEvent.ts";

const NOW_MS = 1_700_000_000_000;
const state = {
  type: "m.room.name",
  state_key: "",
  event_id: "$1",
  sender: "@bob:hs",
  origin_server_ts: 5,
  content: { name: "Standup" },
};

describe("an event of the SDK", () => {
  test("reads as one that came with a sync", () => {
    expect(toSyncEvent(new MatrixEvent(state), NOW_MS)).toMatchObject({
      type: "m.room.name",
      stateKey: "",
      eventId: "$1",
      sender: "@bob:hs",
      originServerTsMs: 5,
      content: { name: "Standup" },
    });
  });

  test("is nothing while it lacks an id", () => {
    const { event_id: _id, ...unsent } = state;

    expect(toSyncEvent(new MatrixEvent(unsent), NOW_MS)).toBeUndefined();
  });

  test("shows what it says in clear", () => {
    const wire = { ...state, type: "m.room.encrypted", content: { ciphertext: "x" } };

    const event = toSyncEvent({ event: wire, getType: () => "t", getContent: () => ({ clear: 1 }) as never }, NOW_MS);

    expect(event).toMatchObject({ type: "t", content: { clear: 1 } });
  });

  test("stays current as long as the SDK says, whenever it is read", () => {
    const wire = {
      ...state,
      msc4354_sticky: { duration_ms: 60_000 },
      unsigned: { msc4354_sticky_duration_ttl_ms: 50_000 },
    };
    const event = {
      event: wire,
      getType: () => "t",
      getContent: () => ({}) as never,
      unstableStickyInfo: { duration_ms: 60_000, duration_ttl_ms: 50_000 },
      unstableStickyExpiresAt: NOW_MS + 20_000,
    };

    expect(toSyncEvent(event, NOW_MS)?.sticky).toEqual({ durationMs: 60_000, ttlMs: 20_000 });
    expect(toSyncEvent(event, NOW_MS + 30_000)?.sticky).toEqual({ durationMs: 60_000, ttlMs: 0 });
  });
});
