import { seededRandom } from "@conclave/kit/testing";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { DeviceId, EventId, UserId } from "../ids.ts";
import { ROOM_CALL_SLOT } from "../model.ts";
import type { RawEvent, RoomView } from "../ports.ts";
import { FIXTURE_TIME_MS, legacyEvent, person, roomWith, stickyEvent } from "../testing/fixtures.ts";
import { deriveMembers, type DerivedMembers } from "./deriveMembers.ts";
import { readLegacyMembership } from "./legacyMembership.ts";
import { MembershipLedger } from "./MembershipLedger.ts";
import { readStickyMembership } from "./stickyMembership.ts";

/** Quality row T17. */
const EVENTS = 100_000;
const EVENTS_PER_ROOM = 100;
const MAX_P99_MS = 1;
const SEED = 20_261_124;
/** As long as a homeserver lets an event be. */
const HUGE = 65_536;

const random = seededRandom(SEED);
const people = ["alice", "bob", "carol", "mallory"].map(person);

const hostileText = fc.constantFrom(
  "",
  "#",
  "m.call#",
  "m.call#ROOM#ROOM",
  "__proto__",
  "constructor",
  "\u0000",
  "\ud800",
  "@:",
  "join",
  "https://user:pass@rtc.hs.example/",
  "javascript:alert(1)",
  `https://rtc.hs.example/${"a/".repeat(900)}`,
  "a".repeat(HUGE),
);
const hostileNumber = fc.constantFrom(0, -0, -1, 0.5, 1e300, -1e300, Number.MAX_SAFE_INTEGER, Number.MIN_VALUE);
const hostileShape = fc.constantFrom<unknown>(
  null,
  [],
  {},
  deep(2_000),
  JSON.parse('{"__proto__":{"device_id":"PWNED","application":"m.call"}}'),
  Array.from({ length: 5_000 }, () => ({ type: "livekit" })),
  Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`key${index}`, index])),
);
const values = fc.sample(fc.oneof(hostileText, hostileNumber, hostileShape, fc.jsonValue({ maxDepth: 3 })), {
  numRuns: 3_000,
  seed: SEED,
});

const FIELDS = [
  "application",
  "call_id",
  "scope",
  "device_id",
  "membershipID",
  "expires",
  "created_ts",
  "m.call.intent",
  "focus_active",
  "foci_preferred",
  "memberships",
  "slot_id",
  "member",
  "transports",
  "rtc_transports",
  "versions",
  "msc4354_sticky_key",
  "sticky_key",
  "m.relates_to",
  "__proto__",
] as const;
const MEMBER_FIELDS = ["id", "user_id", "device_id", "claimed_user_id", "claimed_device_id", "membership"] as const;

function deep(levels: number): unknown {
  return JSON.parse("[".repeat(levels) + "]".repeat(levels));
}

function pick<T>(items: readonly T[]): T {
  return items[Math.floor(random.next() * items.length)] as T;
}

function hostileContent(valid: object): unknown {
  if (random.next() < 0.1) return pick(values);
  const content: Record<string, unknown> = { ...valid };
  for (let changes = 1 + Math.floor(random.next() * 3); changes > 0; changes--) put(content, pick(FIELDS));
  const member = content["member"];
  if (random.next() < 0.3 && typeof member === "object") {
    const changed: Record<string, unknown> = { ...member };
    put(changed, pick(MEMBER_FIELDS));
    content["member"] = changed;
  }
  return content;
}

function put(content: Record<string, unknown>, field: string): void {
  // As JSON.parse would: an own property, whatever its name.
  Object.defineProperty(content, field, { value: pick(values), enumerable: true, writable: true, configurable: true });
}

function hostileEvent(serial: number): RawEvent {
  const who = pick(people);
  const make = random.next() < 0.5 ? legacyEvent : stickyEvent;
  const device = { ...who, deviceId: `${who.deviceId}${serial % 7}` as DeviceId };
  const valid = make(device);
  return {
    ...valid,
    eventId: `$hostile${serial}` as EventId,
    content: hostileContent(valid.content as object),
    originServerTsMs: random.next() < 0.1 ? pick([0, 1e15, -1e15]) : FIXTURE_TIME_MS + serial,
    ...(random.next() < 0.1 && { encryptedBy: pick(people).deviceId }),
  };
}

function hostileRoom(first: number): RoomView {
  const events = Array.from({ length: EVENTS_PER_ROOM }, (_, index) => hostileEvent(first + index));
  const slot = { ...legacyEvent(pick(people)), type: "org.matrix.msc4143.rtc.slot", stateKey: "m.call#ROOM" };
  return roomWith({
    joined: new Map(people.slice(0, 3).map(({ userId }) => [userId, {}])),
    callMembers: events.filter((event) => event.stateKey !== undefined),
    stickyMembers: events.filter((event) => event.stateKey === undefined),
    slots: random.next() < 0.2 ? [{ ...slot, content: pick(values) }] : [],
  });
}

function expectSane({ members, ignoredEvents }: DerivedMembers, room: RoomView): void {
  expect(members.length + ignoredEvents).toBeLessThanOrEqual(room.callMembers.length + room.stickyMembers.length);
  let previousMs = -Infinity;
  for (const { userId, deviceId, memberId, joinedAtMs, transport, intent } of members) {
    expect(room.joined.has(userId)).toBe(true);
    expect([deviceId, memberId].every((id) => id !== "" && id.length <= 1_024)).toBe(true);
    expect(deviceId).not.toBe("PWNED");
    expect(joinedAtMs).toBeGreaterThanOrEqual(previousMs);
    if (transport) expect(transport.serviceUrl).toMatch(/^https?:\/\/[^@]{1,2048}$/);
    expect(["audio", "video", undefined]).toContain(intent);
    previousMs = joinedAtMs;
  }
}

function percentile99(samples: readonly number[]): number {
  return samples.toSorted((a, b) => a - b)[Math.ceil(samples.length * 0.99) - 1]!;
}

describe(`hostile membership events (seed ${SEED})`, () => {
  it("never break the list, and cost less than a millisecond each", { timeout: 60_000 }, () => {
    const msPerEvent: number[] = [];
    const ledger = new MembershipLedger();
    let listed = 0;
    for (let first = 0; first < EVENTS; first += EVENTS_PER_ROOM) {
      const room = hostileRoom(first);

      const startedMs = performance.now();
      const derived = deriveMembers(room, ROOM_CALL_SLOT, FIXTURE_TIME_MS, ledger);
      msPerEvent.push((performance.now() - startedMs) / EVENTS_PER_ROOM);

      expectSane(derived, room);
      listed += derived.members.length;
    }

    expect(listed).toBeGreaterThan(EVENTS / 100);
    expect(({} as Record<string, unknown>)["device_id"]).toBeUndefined();
    expect(percentile99(msPerEvent)).toBeLessThanOrEqual(MAX_P99_MS);
  });

  it("are read by both readers without a throw, each for what it is", () => {
    for (let serial = 0; serial < 5_000; serial++) {
      const event = hostileEvent(serial);

      for (const read of [readLegacyMembership(event), readStickyMembership(event)]) {
        expect(["membership", "left", "malformed"]).toContain(read.result);
        if (read.result === "membership") expect(read.membership.userId satisfies UserId).toBe(event.sender);
      }
    }
  });
});
