import type { ReadonlySignal } from "@conclave/kit";
import { settlePromises } from "@conclave/kit/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { CALL_EVENTS } from "../callEvents.ts";
import { MatrixRtcError } from "../errors.ts";
import { ROOM_CALL_SLOT } from "../model.ts";
import type { RoomEvent } from "../ports.ts";
import { type SlotDevice, TestSlot } from "../testing/TestSlot.ts";
import { type OutgoingRing, ringOthers, type RingOptions } from "./ringOthers.ts";
import { type RingingRoom, type WatchedRing, watchRing } from "./watchRing.ts";

let slot: TestSlot;
let sent: RoomEvent[];

beforeEach(() => open(new TestSlot()));
afterEach(() => slot.end());

function open(next: TestSlot): void {
  slot = next;
  sent = [];
  slot.room.events.on(slot.scope, (event) => void sent.push(event));
}

function roomOf({ user, session }: SlotDevice): RingingRoom {
  const { roomId } = slot.room;
  return { roomId, slot: ROOM_CALL_SLOT, room: user.watchRoom(roomId, slot.scope), members: session.members };
}

function ringFrom(device: SlotDevice, options: Partial<RingOptions> = {}): ReadonlySignal<OutgoingRing> {
  const { self } = device.session;
  const all = { self, kind: "ring", intent: "video", isSticky: true, ...options } as const;
  return ringOthers(device.deps, roomOf(device), all, slot.scope);
}

function listen(device: SlotDevice): WatchedRing {
  return watchRing(device.deps, roomOf(device), slot.scope);
}

function notifications(): readonly RoomEvent[] {
  return sent.filter(({ type }) => type === CALL_EVENTS.notification);
}

/** Says no to the call, by hand. */
async function no(device: SlotDevice): Promise<void> {
  const [event] = notifications();
  const content = { "m.relates_to": { rel_type: "m.reference", event_id: event?.eventId } };
  await device.user.sendEvent(slot.room.roomId, CALL_EVENTS.decline, content);
  await settlePromises();
}

function answersOf(ring: ReadonlySignal<OutgoingRing>): object {
  const state = ring.get();
  return state.phase === "sent"
    ? {
        outcome: state.outcome,
        ...Object.fromEntries(Array.from(state.answers, ([user, answer]) => [user[1], answer])),
      }
    : state;
}

describe("calling the others", () => {
  it("is one sticky event in the form that Element Call reads, on the own membership", async () => {
    const alice = slot.enter("alice");
    const ring = ringFrom(alice);
    expect(ring.get()).toEqual({ phase: "waiting" });

    await slot.publish(alice);

    expect(ring.get()).toMatchObject({ phase: "sent", notificationId: notifications()[0]?.eventId });
    expect(notifications().map(({ content, stickyForMs }) => ({ content, stickyForMs }))).toEqual([
      {
        stickyForMs: 110_000,
        content: {
          slot_id: "m.call#ROOM",
          notification_type: "ring",
          "m.mentions": { user_ids: [], room: true },
          "m.relates_to": { rel_type: "m.reference", event_id: alice.session.members.get()[0]?.eventId },
          "m.call.intent": "video",
          sender_ts: slot.clock.nowMs(),
          lifetime: 90_000,
          msc4354_sticky_key: "m.call#ROOM",
        },
      },
    ]);
  });

  it("happens once, however often the membership is sent again", async () => {
    const alice = slot.enter("alice");
    ringFrom(alice, { kind: "notification", isSticky: false });
    await slot.publish(alice);
    await slot.publish(alice, "audio");
    await slot.join("bob");
    await slot.clock.advance(2 * 3_600_000);

    expect(notifications()).toHaveLength(1);
    expect(notifications()[0]?.stickyForMs).toBeUndefined();
  });

  it("is for the first in the call only", async () => {
    await slot.join("alice");
    const bob = slot.enter("bob");
    const ring = ringFrom(bob);
    await slot.publish(bob);

    expect(ring.get()).toEqual({ phase: "not_needed" });
    expect(notifications()).toEqual([]);
  });

  it("is dropped if somebody else is seen first", async () => {
    const bob = slot.enter("bob");
    const ring = ringFrom(bob);
    await slot.join("alice");
    await slot.publish(bob);

    expect(ring.get()).toEqual({ phase: "not_needed" });
    expect(notifications()).toEqual([]);
  });

  it("is not repeated when one comes back before one's own old membership is gone", async () => {
    const alice = await slot.join("alice");
    const ring = ringFrom(alice);
    await slot.publish(alice, "audio");

    expect(ring.get()).toEqual({ phase: "not_needed" });
  });

  it("is tried again after a pause that the homeserver asks for, and not after anything else", async () => {
    const alice = slot.enter("alice");
    const ring = ringFrom(alice);
    const pause = { retryable: true, retryAfterMs: 5_000 };
    alice.user.failNext("sendEvent", new MatrixRtcError("rate_limited", "slow down", pause));
    alice.user.failNext("sendEvent", new MatrixRtcError("homeserver_unreachable", "gone", { retryable: true }));

    await slot.publish(alice);
    expect(ring.get().phase).toBe("waiting");
    await slot.clock.advance(60_000);

    expect(ring.get()).toMatchObject({ phase: "failed", error: { code: "homeserver_unreachable" } });
    expect(notifications()).toEqual([]);
  });
});

describe("what becomes of a call", () => {
  let alice: SlotDevice;
  let bob: SlotDevice;
  let carol: SlotDevice;
  let ring: ReadonlySignal<OutgoingRing>;

  beforeEach(async () => {
    [bob, carol, alice] = [slot.enter("bob"), slot.enter("carol"), slot.enter("alice")];
    ring = ringFrom(alice);
    await slot.publish(alice);
  });

  it("is told for each user", async () => {
    expect(answersOf(ring)).toEqual({ outcome: "ringing", b: "ringing", c: "ringing" });

    await no(bob);
    expect(answersOf(ring)).toEqual({ outcome: "ringing", b: "declined", c: "ringing" });

    await slot.publish(carol);
    expect(answersOf(ring)).toEqual({ outcome: "accepted", b: "declined", c: "accepted" });
  });

  it("is a no when all have said so, and a yes if one of them comes after all", async () => {
    await no(bob);
    await no(carol);
    const declined = answersOf(ring);
    await slot.publish(bob);

    expect(declined).toEqual({ outcome: "declined", b: "declined", c: "declined" });
    expect(answersOf(ring)).toEqual({ outcome: "accepted", b: "accepted", c: "declined" });
  });

  it("is that nobody came when its time is over", async () => {
    await no(bob);
    await slot.clock.advance(89_999);
    const before = answersOf(ring);
    await slot.clock.advance(1);

    expect(before).toMatchObject({ outcome: "ringing" });
    expect(answersOf(ring)).toEqual({ outcome: "timed_out", b: "declined", c: "timed_out" });
  });

  it("remains a yes when who came has left again", async () => {
    await slot.publish(bob);
    await bob.session.leave();
    await slot.clock.advance(90_000);

    expect(answersOf(ring)).toMatchObject({ outcome: "accepted", b: "accepted" });
  });

  it("takes no answer to another call, and none of who was not called", async () => {
    const content = { "m.relates_to": { rel_type: "m.reference", event_id: "$another" } };
    await bob.user.sendEvent(slot.room.roomId, CALL_EVENTS.decline, content);
    await no(slot.enter("dina"));

    expect(answersOf(ring)).toEqual({ outcome: "ringing", b: "ringing", c: "ringing" });
  });

  it("takes an answer that comes before the homeserver has told that it was sent", async () => {
    open(new TestSlot());
    const [called, caller] = [slot.enter("bob"), slot.enter("alice")];
    const rings = listen(called);
    caller.user.latency = { thereMs: 0, backMs: 2_000 };
    ring = ringFrom(caller);
    void slot.publish(caller);
    await slot.clock.advance(3_000);
    expect(ring.get().phase).toBe("waiting");
    expect(rings.ring.get()?.kind).toBe("ring");

    await rings.decline(true);
    await slot.clock.advance(5_000);
    caller.user.latency = { thereMs: 0, backMs: 0 };

    expect(answersOf(ring)).toMatchObject({ outcome: "declined" });
  });
});

describe("being called", () => {
  it("rings until one joins", async () => {
    const [bob, alice] = [slot.enter("bob"), slot.enter("alice")];
    const rings = listen(bob);
    ringFrom(alice, { intent: "audio" });
    await slot.publish(alice);
    const heard = rings.ring.get();

    await slot.publish(bob);

    expect(heard).toMatchObject({ caller: "@alice:hs.example", kind: "ring", intent: "audio" });
    expect(rings.ring.get()).toBeUndefined();
  });

  it("rings until its time is over", async () => {
    const [bob, alice] = [slot.enter("bob"), slot.enter("alice")];
    const rings = listen(bob);
    ringFrom(alice, { lifetimeMs: 30_000 });
    await slot.publish(alice);

    await slot.clock.advance(29_999);
    const heard = rings.ring.get();
    await slot.clock.advance(1);

    expect([heard?.kind, rings.ring.get()]).toEqual(["ring", undefined]);
  });

  it("rings until the caller gives up", async () => {
    const [bob, alice] = [slot.enter("bob"), slot.enter("alice")];
    const rings = listen(bob);
    ringFrom(alice);
    await slot.publish(alice);
    const heard = rings.ring.get();

    await alice.session.leave();
    await settlePromises();

    expect([heard?.kind, rings.ring.get()]).toEqual(["ring", undefined]);
  });

  it("can be declined on one device, and stops on all", async () => {
    const [bob, alice] = [slot.enter("bob"), slot.enter("alice")];
    const phone = slot.homeserver.connect("@bob:hs.example", "BOBPHONE");
    const [rings, onPhone] = [listen(bob), listen({ ...bob, user: phone, deps: { ...bob.deps, matrix: phone } })];
    ringFrom(alice);
    await slot.publish(alice);
    expect([rings, onPhone].map(({ ring }) => ring.get()?.kind)).toEqual(["ring", "ring"]);

    await rings.decline(true);
    await settlePromises();

    expect([rings, onPhone].map(({ ring }) => ring.get())).toEqual([undefined, undefined]);
    const [answer] = sent.filter(({ type }) => type === CALL_EVENTS.decline);
    const notificationId = notifications()[0]?.eventId;
    expect(answer).toMatchObject({
      stickyForMs: 120_000,
      content: {
        "m.relates_to": { rel_type: "m.reference", event_id: notificationId },
        msc4354_sticky_key: notificationId,
      },
    });
  });

  it("goes on when the no does not get through", async () => {
    const [bob, alice] = [slot.enter("bob"), slot.enter("alice")];
    const rings = listen(bob);
    ringFrom(alice);
    await slot.publish(alice);
    bob.user.failNext("sendEvent", new MatrixRtcError("forbidden", "no"));

    await expect(rings.decline(false)).rejects.toMatchObject({ code: "forbidden" });

    expect(rings.ring.get()?.kind).toBe("ring");
  });

  it("is found by who comes later in a room without encryption", async () => {
    open(new TestSlot({ isEncrypted: false }));
    const alice = slot.enter("alice");
    ringFrom(alice);
    await slot.publish(alice);

    const rings = listen(slot.enter("bob"));
    await settlePromises();

    expect(rings.ring.get()?.kind).toBe("ring");
  });

  it("leaves no timer behind", async () => {
    const [bob, alice] = [slot.enter("bob"), slot.enter("alice")];
    listen(bob);
    // A fake homeserver keeps a timer of its own for a sticky event.
    ringFrom(alice, { isSticky: false });
    await slot.publish(alice);

    await slot.end();

    expect(slot.clock.pendingTimers).toBe(0);
  });
});
