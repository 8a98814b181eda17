import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { DeviceId, RoomId, UserId } from "../ids.ts";
import { ROOM_CALL_SLOT } from "../model.ts";
import { legacyEvent, person } from "../testing/fixtures.ts";
import { legacyMembershipContent, legacyStateKey, readLegacyMembership } from "./legacyMembership.ts";
import { readStickyMembership } from "./stickyMembership.ts";

const ana = { userId: "@ana:hs.example" as UserId, deviceId: "ANADEV" as DeviceId };

describe("legacyStateKey", () => {
  it.each([
    ["10", "_@ana:hs.example_ANADEV_m.call"],
    ["org.matrix.msc3757.10", "@ana:hs.example_ANADEV_m.call"],
    ["org.matrix.msc3779.11", "@ana:hs.example_ANADEV_m.call"],
    ["", "_@ana:hs.example_ANADEV_m.call"],
  ])("names the own membership in room version %s", (version, expected) => {
    expect(legacyStateKey(ana, ROOM_CALL_SLOT, version)).toBe(expected);
  });

  it("ends with the id of a slot that is not the room's call", () => {
    expect(legacyStateKey(ana, { application: "m.call", id: "side" }, "10")).toBe("_@ana:hs.example_ANADEV_m.callside");
  });
});

describe("legacyMembershipContent", () => {
  const fields = {
    roomId: "!abc123:hs.example" as RoomId,
    ...ana,
    slot: ROOM_CALL_SLOT,
    transport: { type: "livekit", serviceUrl: "https://rtc.hs.example/livekit/jwt" },
    intent: "video",
    expiresMs: 14_400_000,
    createdAtMs: undefined,
  } as const;

  it("writes what Element Call writes", () => {
    expect(legacyMembershipContent(fields)).toEqual({
      application: "m.call",
      call_id: "",
      scope: "m.room",
      device_id: "ANADEV",
      membershipID: "@ana:hs.example:ANADEV",
      expires: 14_400_000,
      "m.call.intent": "video",
      focus_active: { type: "livekit", focus_selection: "multi_sfu" },
      foci_preferred: [
        {
          type: "livekit",
          livekit_service_url: "https://rtc.hs.example/livekit/jwt",
          livekit_alias: "!abc123:hs.example",
        },
      ],
    });
  });

  it("is read back as it was written", () => {
    const times = fc.record({
      created: fc.integer({ min: 0, max: 1e13 }),
      expiresMs: fc.integer({ min: 1, max: 1e10 }),
    });
    fc.assert(
      fc.property(times, fc.constantFrom("audio", "video", undefined), ({ created, expiresMs }, intent) => {
        const content = legacyMembershipContent({ ...fields, expiresMs, createdAtMs: created, intent });

        const read = readLegacyMembership({ ...legacyEvent(person("ana")), originServerTsMs: 1e13, content });

        expect(read).toMatchObject({
          result: "membership",
          membership: { ...ana, slot: ROOM_CALL_SLOT, joinedAtMs: created, expiresAtMs: created + expiresMs, intent },
        });
      }),
    );
  });
});

describe("membership readers", () => {
  it("never throw, whatever the content", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (content) => {
        const event = legacyEvent(person("alice"), {}, { content });

        for (const read of [readLegacyMembership(event), readStickyMembership(event)]) {
          expect(["membership", "left", "malformed"]).toContain(read.result);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("never take a user from the content", () => {
    const claim = fc.record({
      member: fc.record({
        id: fc.string(),
        user_id: fc.constantFrom("@alice:hs.example", "@bob:hs.example"),
        device_id: fc.string(),
      }),
      membershipID: fc.constant("@bob:hs.example:BOBDEV"),
    });
    fc.assert(
      fc.property(claim, (content) => {
        const event = legacyEvent(person("alice"), { slot_id: "m.call#ROOM", msc4354_sticky_key: "k", ...content });

        for (const read of [readLegacyMembership(event), readStickyMembership(event)]) {
          if (read.result === "membership") expect(read.membership.userId).toBe("@alice:hs.example");
        }
      }),
    );
  });
});
