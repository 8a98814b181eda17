import { describe, expect, it } from "vitest";

import { CALL_EVENTS } from "../callEvents.ts";
import type { EventId, UserId } from "../ids.ts";
import { ROOM_CALL_SLOT } from "../model.ts";
import { MembershipLedger } from "../membership/MembershipLedger.ts";
import { deriveMembers } from "../membership/deriveMembers.ts";
import type { RawEvent, RoomEvent, RoomView } from "../ports.ts";
import { FIXTURE_TIME_MS as T, legacyEvent, person, roomWith, stickyEvent } from "../testing/fixtures.ts";
import { findRing, type IncomingRing } from "./findRing.ts";
import { RingBook } from "./RingBook.ts";

const alice = person("alice");
const bob = person("bob");
const carol = person("carol");
const members = legacyEvent(alice);

function notification(content: object = {}, event: Partial<RoomEvent> = {}): RoomEvent {
  return {
    type: CALL_EVENTS.notification,
    eventId: "$ring" as EventId,
    sender: alice.userId,
    originServerTsMs: T + 200,
    content: {
      slot_id: "m.call#ROOM",
      notification_type: "ring",
      "m.mentions": { user_ids: [], room: true },
      "m.relates_to": { rel_type: "m.reference", event_id: members.eventId },
      "m.call.intent": "video",
      sender_ts: T + 100,
      lifetime: 90_000,
      ...content,
    },
    ...event,
  };
}

function without(field: string): RoomEvent {
  const content: Record<string, unknown> = { ...(notification().content as object) };
  delete content[field];
  return notification({}, { content });
}

interface Scene {
  readonly nowMs?: number;
  readonly self?: UserId;
  readonly room?: RoomView;
  /** Where each event is taken in; `nowMs` unless it is said. */
  readonly arrivedAtMs?: number;
}

/** What rings for Bob. */
function ringing(events: readonly RoomEvent[], scene: Scene = {}): IncomingRing | undefined {
  const { nowMs = T + 1_000, self = bob.userId, room = roomWith({ callMembers: [members] }) } = scene;
  const book = new RingBook(self);
  for (const event of events) book.take(event, scene.arrivedAtMs ?? nowMs);
  const list = deriveMembers(room, ROOM_CALL_SLOT, T, new MembershipLedger()).members;
  const seenEvents = new Map(list.map((member) => [member.eventId, member.userId]));
  return findRing(book.notifications, { self, slot: ROOM_CALL_SLOT, nowMs, room, members: list, seenEvents });
}

describe("a notification", () => {
  it("rings those whom it mentions, with what the caller wants and until it ends", () => {
    expect(ringing([notification()])).toEqual({
      notificationId: "$ring",
      caller: alice.userId,
      kind: "ring",
      intent: "video",
      endsAtMs: T + 90_100,
    });
    const named = notification({ "m.mentions": { user_ids: [bob.userId] } });
    expect(ringing([named])?.notificationId).toBe("$ring");
    expect(ringing([notification({ notification_type: "notification" })])?.kind).toBe("notification");
  });

  it("needs no slot event, and no slot id if it names a membership of the slot", () => {
    const nowhere = { rel_type: "m.reference", event_id: "$nowhere" };

    expect(ringing([without("slot_id")])?.notificationId).toBe("$ring");
    const lost = { ...(without("slot_id").content as object), "m.relates_to": nowhere };
    expect(ringing([notification({}, { content: lost })])).toBeUndefined();
  });

  it("of the newest draft, with neither type, relation nor intent, rings too", () => {
    const content = {
      slot_id: "m.call#ROOM",
      msc4354_sticky_key: "m.call#ROOM",
      "m.mentions": { room: true },
      sender_ts: T,
      lifetime: 90_000,
    };

    expect(ringing([notification({}, { content })])).toMatchObject({ kind: "ring", intent: undefined });
  });

  it.each<readonly [string, readonly RoomEvent[], Scene]>([
    ["from this user", [notification({}, { sender: bob.userId })], {}],
    ["that is over", [notification()], { nowMs: T + 90_100 }],
    ["that mentions others", [notification({ "m.mentions": { user_ids: [carol.userId] } })], {}],
    ["that mentions nobody", [without("m.mentions")], {}],
    ["of another slot", [notification({ slot_id: "m.call#other" })], {}],
    ["of another kind", [notification({ notification_type: "shout" })], {}],
    [
      "while this user is in the call already",
      [notification()],
      { room: roomWith({ callMembers: [members, legacyEvent(bob)] }) },
    ],
    [
      "from before this user left",
      [notification()],
      { room: roomWith({ callMembers: [members, left(legacyEvent(bob), T + 300)] }) },
    ],
    [
      "from before this user left with a sticky membership",
      [notification()],
      { room: roomWith({ callMembers: [members], stickyMembers: [stickyLeft(T + 300)] }) },
    ],
    ["whose caller is not in the call", [notification({}, { sender: carol.userId })], {}],
    ["whose caller has left", [notification()], { room: roomWith({ callMembers: [left(members, T + 300)] }) }],
    ["that this user declined", [notification(), decline(bob.userId)], {}],
    ["that this user declined before it came", [decline(bob.userId), notification()], {}],
    ["that was redacted", [notification(), redaction()], {}],
    ["that was withdrawn", [notification(), withdrawal(T + 300)], {}],
  ])("%s rings nobody", (_name, events, scene) => {
    expect(ringing(events, scene)).toBeUndefined();
  });

  it("rings although this user left an earlier call, or somebody else declined", () => {
    const room = roomWith({ callMembers: [members, left(legacyEvent(bob), T - 5_000)] });

    expect(ringing([notification(), decline(carol.userId)], { room })?.notificationId).toBe("$ring");
  });

  it("counts only as the newest of its caller, in whatever order they come", () => {
    const older = notification({}, { eventId: "$older" as EventId, originServerTsMs: T });
    const forOthers = notification({ "m.mentions": {} }, { eventId: "$newer" as EventId, originServerTsMs: T + 900 });

    for (const events of [
      [older, notification()],
      [notification(), older],
    ]) {
      expect(ringing(events)?.notificationId).toBe("$ring");
    }
    expect(ringing([notification(), forOthers])).toBeUndefined();
    expect(ringing([withdrawal(T), notification()])?.notificationId).toBe("$ring");
  });
});

describe("the time it rings", () => {
  it("is counted from the sender's clock, unless that is more than 20 s ahead of the homeserver's", () => {
    expect(ringing([notification({ sender_ts: T + 20_200 })])?.endsAtMs).toBe(T + 110_200);
    expect(ringing([notification({ sender_ts: T + 20_201 })])?.endsAtMs).toBe(T + 90_200);
    expect(ringing([without("sender_ts")])?.endsAtMs).toBe(T + 90_200);
  });

  it.each([
    [undefined, 90_000],
    [30_000, 30_000],
    [1e300, 120_000],
    ["long", 90_000],
  ])("with a lifetime of %s is %s", (lifetime, lastsMs) => {
    expect(ringing([notification({ lifetime })])?.endsAtMs).toBe(Math.min(T + 100 + lastsMs, T + 121_000));
  });

  it("ends two minutes after it arrived, however far ahead the homeserver's clock is", () => {
    const future = notification({ sender_ts: T + 1e9 }, { originServerTsMs: T + 1e9 });

    expect(ringing([future])?.endsAtMs).toBe(T + 121_000);
    expect(ringing([future], { arrivedAtMs: T, nowMs: T + 120_000 })).toBeUndefined();
  });
});

function left(event: RawEvent, atMs: number): RawEvent {
  return { ...event, eventId: `${event.eventId} left` as EventId, content: {}, originServerTsMs: atMs };
}

function stickyLeft(atMs: number): RawEvent {
  const content = { slot_id: "m.call#ROOM", msc4354_sticky_key: "x" };
  return { ...stickyEvent(bob), content, originServerTsMs: atMs };
}

function decline(sender: UserId): RoomEvent {
  const content = { "m.relates_to": { rel_type: "m.reference", event_id: "$ring" }, msc4354_sticky_key: "$ring" };
  return { type: CALL_EVENTS.decline, eventId: "$no" as EventId, sender, originServerTsMs: T + 400, content };
}

function redaction(): RoomEvent {
  const { sender } = notification();
  const rest = { eventId: "$redaction" as EventId, originServerTsMs: T + 400, content: {} };
  return { type: CALL_EVENTS.redaction, sender, redacts: "$ring" as EventId, ...rest };
}

function withdrawal(atMs: number): RoomEvent {
  const content = { msc4354_sticky_key: "m.call#ROOM" };
  return notification({}, { eventId: "$withdrawal" as EventId, originServerTsMs: atMs, content });
}
