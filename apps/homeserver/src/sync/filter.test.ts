import { describe, expect, test } from "vitest";

import { parseFilter, passes, passesType, timelineLimit } from "./filter.ts";

describe("type patterns", () => {
  test.each([
    ["m.room.*", "m.room.name", true],
    ["m.room.*", "m.roomname", false],
    ["*", "anything", true],
    ["*.member", "org.matrix.msc3401.call.member", true],
    ["m.*.a*", "m.call.answer", true],
    ["m.*.a*", "m.answer", false],
    ["a*a", "a", false],
    ["m.room.name", "m.room.name", true],
    ["m.room.n", "m.room.name", false],
  ])("%s on %s: %s", (pattern, type, isWanted) => {
    expect(passesType({ types: [pattern] }, type)).toBe(isWanted);
    expect(passesType({ not_types: [pattern] }, type)).toBe(!isWanted);
  });
});

test("a refusal wins over a permission, and an empty list lets nothing through", () => {
  const event = { type: "m.room.message", sender: "@alice:hs.test", roomId: "!r:hs.test", content: { url: "mxc://x" } };

  expect(passes({ types: ["m.*"], not_types: ["m.room.message"] }, event)).toBe(false);
  expect(passes({ senders: [] }, event)).toBe(false);
  expect(passes({ not_senders: ["@alice:hs.test"] }, event)).toBe(false);
  expect(passes({ rooms: ["!other:hs.test"] }, event)).toBe(false);
  expect(passes({ contains_url: false }, event)).toBe(false);
  expect(passes({ contains_url: true, senders: ["@alice:hs.test"] }, event)).toBe(true);
});

const limit = (value: number): number => timelineLimit(parseFilter({ room: { timeline: { limit: value } }, later: 1 }));

test("limits are kept within bounds and unknown fields are let be", () => {
  expect([timelineLimit({}), limit(0), limit(8), limit(1_000_000)]).toEqual([10, 1, 8, 100]);
});
