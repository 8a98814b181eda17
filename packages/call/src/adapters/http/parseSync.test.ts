import { describe, expect, test } from "vitest";

import { parseSync } from "./parseSync.ts";

const ROOM = "!room:hs.example";

function event(type: string, eventId: string, more: object = {}): object {
  return { type, event_id: eventId, sender: "@alice:hs.example", origin_server_ts: 1000, content: {}, ...more };
}

function idsOf(events: readonly { readonly eventId: string }[] | undefined): readonly string[] | undefined {
  return events?.map(({ eventId }) => eventId);
}

function parseRoom(room: object) {
  return parseSync({ next_batch: "s1", rooms: { join: { [ROOM]: room } } }).joined[0];
}

describe("room state", () => {
  test("applies the state section, then the state in the timeline", () => {
    const room = parseRoom({
      state: { events: [event("m.room.name", "$1", { state_key: "" })] },
      timeline: {
        events: [event("m.room.name", "$2", { state_key: "" }), event("m.room.encrypted", "$3")],
        limited: true,
      },
    });

    expect(idsOf(room?.state)).toEqual(["$1", "$2"]);
    expect(idsOf(room?.events)).toEqual(["$3"]);
  });

  test.each(["state_after", "org.matrix.msc4222.state_after"])(
    "takes %s alone where the server gives it",
    (section) => {
      const room = parseRoom({
        [section]: { events: [event("m.room.name", "$9", { state_key: "" })] },
        timeline: { events: [event("m.room.name", "$2", { state_key: "" })] },
      });

      expect(idsOf(room?.state)).toEqual(["$9"]);
    },
  );

  test("leaves malformed events out", () => {
    const room = parseRoom({ timeline: { events: [null, 7, { type: "x" }, event("m.room.encrypted", "$3")] } });

    expect(idsOf(room?.events)).toEqual(["$3"]);
  });
});

describe("a timeline that was cut", () => {
  const told = { to: "s0", told: new Set(["$1"]) };

  test.each([
    [
      "is a gap between what was told and what has come",
      { limited: true, prev_batch: "t5" },
      told,
      { from: "t5", ...told },
    ],
    ["is none where nothing was told before", { limited: true, prev_batch: "t5" }, undefined, undefined],
    ["is none that could be read without a place", { limited: true }, told, undefined],
    ["is none if it was not cut", { limited: false, prev_batch: "t5" }, told, undefined],
  ])("%s", (_what, timeline, toldUpTo, gap) => {
    const body = { next_batch: "s1", rooms: { join: { [ROOM]: { timeline: { events: [], ...timeline } } } } };

    expect(parseSync(body, () => toldUpTo).joined[0]?.gap).toEqual(gap);
  });
});

describe("sticky events", () => {
  test("come from the timeline and from their own section, with the remaining time", () => {
    const sticky = { msc4354_sticky: { duration_ms: 5000 } };
    const room = parseRoom({
      timeline: { events: [event("org.matrix.msc4143.rtc.member", "$1", sticky)] },
      msc4354_sticky: {
        events: [
          event("org.matrix.msc4143.rtc.member", "$2", {
            ...sticky,
            unsigned: { msc4354_sticky_duration_ttl_ms: 400 },
          }),
        ],
      },
    });

    expect(room?.events.map(({ sticky }) => sticky)).toEqual([{ durationMs: 5000 }, { durationMs: 5000, ttlMs: 400 }]);
  });
});

describe("keys", () => {
  test("are passed on with counts and fallback keys", () => {
    const { crypto } = parseSync({
      next_batch: "s1",
      to_device: { events: [{ type: "t" }] },
      device_lists: { changed: ["@bob:hs.example", 3], left: ["@carol:hs.example"] },
      device_one_time_keys_count: { signed_curve25519: 4, bad: "x" },
      device_unused_fallback_key_types: ["signed_curve25519"],
    });

    expect(crypto).toEqual({
      toDevice: [{ type: "t" }],
      changedUsers: ["@bob:hs.example"],
      leftUsers: ["@carol:hs.example"],
      oneTimeKeyCounts: new Map([["signed_curve25519", 4]]),
      unusedFallbackKeys: ["signed_curve25519"],
    });
  });

  test("are unknown, not used up, when the server says nothing", () => {
    const { crypto } = parseSync({ next_batch: "s1" });

    expect(crypto.oneTimeKeyCounts).toBeUndefined();
    expect(crypto.unusedFallbackKeys).toBeUndefined();
  });
});

test("rooms that were left are listed", () => {
  expect(parseSync({ next_batch: "s1", rooms: { leave: { [ROOM]: {} } } }).left).toEqual([ROOM]);
});

test("an answer without a batch is refused", () => {
  expect(() => parseSync({ rooms: {} })).toThrow(expect.objectContaining({ code: "homeserver_refused" }) as Error);
});
