import { seededRandom } from "@conclave/kit/testing";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { CALL_EVENTS } from "../callEvents.ts";
import type { DeviceId, EventId, UserId } from "../ids.ts";
import { ROOM_CALL_SLOT, type RtcMember } from "../model.ts";
import type { RoomEvent } from "../ports.ts";
import { findRing } from "../ringing/findRing.ts";
import { RingBook } from "../ringing/RingBook.ts";
import { FIXTURE_TIME_MS, roomWith } from "../testing/fixtures.ts";
import { HAND_KEY, tryReadHand, tryReadReaction } from "./callReactionEvents.ts";
import { HandBook } from "./HandBook.ts";
import { MembershipEvents } from "./MembershipEvents.ts";

/** Quality row T17. */
const EVENTS = 100_000;
const MAX_P99_MS = 1;
const SEED = 20_261_125;
const HUGE = 65_536;

const random = seededRandom(SEED);
const users = ["alice", "bob", "carol", "mallory"].map((name) => `@${name}:hs.example` as UserId);

const values = fc.sample(
  fc.oneof(
    fc.constantFrom<unknown>(
      "",
      "a".repeat(HUGE),
      "\u0301".repeat(HUGE),
      "👨‍".repeat(10_000),
      "\ud83d",
      "\u202e",
      "🖐️",
      "🖐",
      "🎉",
      "__proto__",
      "m.call#ROOM",
      "m.annotation",
      "m.reference",
      "ring",
    ),
    fc.constantFrom<unknown>(null, [], {}, 0, -1, 0.5, 1e300, -1e300, 9e15, true, false),
    fc.constantFrom<unknown>(
      JSON.parse("[".repeat(2_000) + "]".repeat(2_000)),
      JSON.parse('{"__proto__":{"rel_type":"m.annotation","room":true}}'),
      { user_ids: Array.from({ length: 5_000 }, (_, index) => `@user${index}:hs.example`), room: false },
      { user_ids: Array.from({ length: 5_000 }, () => ({})), room: "true" },
    ),
    fc.jsonValue({ maxDepth: 3 }),
  ),
  { numRuns: 3_000, seed: SEED },
);

function pick<T>(items: readonly T[]): T {
  return items[Math.floor(random.next() * items.length)] as T;
}

function memberOf(userId: UserId, version: number): RtcMember {
  return {
    userId,
    deviceId: "DEVICE" as DeviceId,
    memberId: `${userId}:DEVICE`,
    joinedAtMs: FIXTURE_TIME_MS,
    eventId: `$member ${userId} ${version}` as EventId,
    sfuIdentities: [],
    transport: undefined,
    intent: undefined,
    displayName: undefined,
  };
}

const VALID: Readonly<Record<string, (target: EventId) => Record<string, unknown>>> = {
  [CALL_EVENTS.annotation]: (target) => ({
    "m.relates_to": { rel_type: "m.annotation", event_id: target, key: HAND_KEY },
  }),
  [CALL_EVENTS.reaction]: (target) => ({
    "m.relates_to": { rel_type: "m.reference", event_id: target },
    emoji: "🎉",
    name: "party",
  }),
  [CALL_EVENTS.notification]: (target) => ({
    slot_id: "m.call#ROOM",
    notification_type: "ring",
    "m.mentions": { user_ids: [], room: true },
    "m.relates_to": { rel_type: "m.reference", event_id: target },
    sender_ts: FIXTURE_TIME_MS,
    lifetime: 90_000,
  }),
  [CALL_EVENTS.decline]: (target) => ({ "m.relates_to": { rel_type: "m.reference", event_id: target } }),
  [CALL_EVENTS.redaction]: () => ({}),
};

function hostileEvent(serial: number): RoomEvent {
  const [type, make] = pick(Object.entries(VALID));
  const target = random.next() < 0.1 ? `$${serial}` : memberOf(pick(users), Math.floor(serial / 5_000)).eventId;
  let content: unknown = make(target as EventId);
  if (random.next() < 0.1) content = pick(values);
  else if (random.next() < 0.7) {
    const fields = ["m.relates_to", "emoji", "name", "slot_id", "notification_type", "m.mentions", "sender_ts"];
    Object.assign(content as object, { [pick([...fields, "lifetime", "msc4354_sticky_key"])]: pick(values) });
  }
  return {
    type,
    eventId: `$event${serial}` as EventId,
    sender: pick(users),
    originServerTsMs: random.next() < 0.1 ? pick([0, 1e15, -1e15, NaN, Infinity]) : FIXTURE_TIME_MS + serial,
    content,
    ...(random.next() < 0.2 && { redacts: `$event${Math.floor(random.next() * serial)}` as EventId }),
  };
}

function percentile99(samples: readonly number[]): number {
  return samples.toSorted((a, b) => a - b)[Math.ceil(samples.length * 0.99) - 1]!;
}

describe(`hostile events of a call (seed ${SEED})`, () => {
  it("never break hands, emojis and ringing, and cost less than a millisecond each", { timeout: 60_000 }, () => {
    const events = new MembershipEvents();
    const book = new HandBook(events);
    const rings = new RingBook(users[0]!);
    const msPerEvent: number[] = [];
    const counts = { hands: 0, emojis: 0, rings: 0 };
    let members: readonly RtcMember[] = [];
    for (let serial = 0; serial < EVENTS; serial++) {
      const nowMs = FIXTURE_TIME_MS + serial;
      if (serial % 5_000 === 0) members = users.slice(1).map((user) => memberOf(user, serial / 5_000));
      const event = hostileEvent(serial);
      const room = roomWith({ joined: new Map(users.map((user) => [user, {}])) });

      const startedMs = performance.now();
      events.follow(members, nowMs);
      const hand = tryReadHand(event);
      if (hand) book.raised(hand, nowMs);
      if (event.redacts) book.redacted(event.redacts, nowMs);
      const emoji = tryReadReaction(event)?.emoji;
      rings.take(event, nowMs);
      const context = { self: users[0]!, slot: ROOM_CALL_SLOT, nowMs, room, members, seenEvents: new Map() };
      const ring = findRing(rings.notifications, context);
      const { hands } = book.standing(nowMs);
      msPerEvent.push(performance.now() - startedMs);

      expect(hands.length).toBeLessThanOrEqual(members.length);
      for (const { raisedAtMs } of hands) expect(Number.isFinite(raisedAtMs)).toBe(true);
      if (emoji !== undefined) expect(emoji.length).toBeLessThanOrEqual(32);
      if (ring) expect(ring.endsAtMs).toBeLessThanOrEqual(nowMs + 120_000);
      counts.hands += hands.length;
      counts.emojis += emoji === undefined ? 0 : 1;
      counts.rings += ring ? 1 : 0;
    }

    // What is valid among it is still seen.
    for (const count of Object.values(counts)) expect(count).toBeGreaterThan(EVENTS / 1_000);
    expect(({} as Record<string, unknown>)["room"]).toBeUndefined();
    expect(percentile99(msPerEvent)).toBeLessThanOrEqual(MAX_P99_MS);
  });

  it("cannot take down the hand of somebody else by flooding", () => {
    const events = new MembershipEvents();
    const book = new HandBook(events);
    const [alice, bob] = [memberOf(users[0]!, 0), memberOf(users[1]!, 0)];
    events.follow([alice, bob], 0);
    book.raised({ eventId: "$hand" as EventId, sender: alice.userId, target: alice.eventId, atMs: 1 }, 1);

    for (let serial = 0; serial < 5_000; serial++) {
      const target = [alice.eventId, bob.eventId, `$${serial}` as EventId][serial % 3]!;
      const eventId = `$flood${serial}` as EventId;
      book.raised({ eventId, sender: bob.userId, target, atMs: 2 + serial }, 2 + serial);
      if (serial % 2 === 0) book.redacted(eventId, 2 + serial);
    }
    book.membersChanged(6_000);

    expect(book.standing(6_000).hands.map(({ userId }) => userId)).toEqual([alice.userId, bob.userId]);
  });
});

describe("a flood from one sender", () => {
  it("costs the same, however long it lasts", () => {
    const events = new MembershipEvents();
    const book = new HandBook(events);
    const alice = memberOf(users[0]!, 0);
    events.follow([alice], 0);
    const msPerEvent: number[] = [];
    for (let serial = 0; serial < 5_000; serial++) {
      const startedMs = performance.now();
      const eventId = `$flood${serial}` as EventId;
      book.raised({ eventId, sender: alice.userId, target: alice.eventId, atMs: serial }, 0);
      msPerEvent.push(performance.now() - startedMs);
    }

    expect(percentile99(msPerEvent)).toBeLessThanOrEqual(MAX_P99_MS);
    book.redacted("$flood4999" as EventId, 0);
    expect(book.standing(0).hands).toEqual([]);
  });
});

describe("hands whose lowering is told before they are", () => {
  const versions = [0, 1, 2];
  const alice = versions.map((version) => memberOf(users[0]!, version));

  it("are down if the newest was lowered, and else up", () => {
    const positions = fc.tuple(...versions.map(() => fc.integer({ min: 0, max: 3 })));
    fc.assert(
      fc.property(positions, fc.subarray(versions), (position, lowered) => {
        const events = new MembershipEvents();
        const book = new HandBook(events);
        for (const version of alice) events.follow([version], 0);
        for (let step = 0; step <= 3; step++) {
          for (const version of lowered.filter((version) => position[version] === step))
            book.redacted(`$hand${version}` as EventId, 0);
          const target = alice[step]?.eventId;
          const eventId = `$hand${step}` as EventId;
          if (target) book.raised({ eventId, sender: users[0]!, target, atMs: step }, 0);
        }

        expect(book.standing(0).hands.length > 0).toBe(!lowered.includes(2));
      }),
      { numRuns: 300, seed: SEED },
    );
  });
});
