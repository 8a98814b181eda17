import { settlePromises } from "@conclave/kit/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { CALL_EVENTS } from "../callEvents.ts";
import { MatrixRtcError } from "../errors.ts";
import type { EventId } from "../ids.ts";
import { type SlotDevice, TestSlot } from "../testing/TestSlot.ts";
import { handContent, reactionContent } from "./callReactionEvents.ts";
import { FORMER_EVENT_GRACE_MS } from "./MembershipEvents.ts";
import { type CallReactions, openReactions } from "./openReactions.ts";
import { REACTION_MS } from "./watchReactions.ts";

interface Person extends SlotDevice {
  readonly reactions: CallReactions;
}

let slot: TestSlot;
let alice: Person;
let bob: Person;

beforeEach(async () => {
  slot = new TestSlot();
  alice = follow(await slot.join("alice"));
  await slot.clock.advance(1_000);
  bob = follow(await slot.join("bob"));
});

afterEach(() => slot.end());

function follow(device: SlotDevice): Person {
  const { members, self } = device.session;
  const room = { roomId: slot.room.roomId, members, self };
  return { ...device, reactions: openReactions(device.deps, room, slot.scope) };
}

async function join(name: string): Promise<Person> {
  const device = follow(await slot.join(name));
  await slot.clock.advance(1_000);
  return device;
}

function handsSeenBy({ reactions }: Person): readonly string[] {
  return reactions.hands.get().map(({ deviceId }) => deviceId);
}

function emojisSeenBy({ reactions }: Person): readonly string[] {
  return reactions.reactions.get().map(({ emoji }) => emoji);
}

function membershipOf(device: SlotDevice): EventId {
  const { deviceId } = device.session.self;
  return device.session.members.get().find((member) => member.deviceId === deviceId)!.eventId;
}

/** As Element Call does at each camera toggle: another event id for the same membership. */
async function resend(device: SlotDevice): Promise<EventId> {
  await slot.publish(device, "audio");
  return membershipOf(device);
}

async function annotate(by: Person, target: EventId): Promise<EventId> {
  const eventId = await by.user.sendEvent(slot.room.roomId, CALL_EVENTS.annotation, handContent(target));
  await settlePromises();
  return eventId;
}

describe("a raised hand", () => {
  it("is seen by everybody until it is lowered", async () => {
    await alice.reactions.raiseHand();
    await settlePromises();
    expect([handsSeenBy(alice), handsSeenBy(bob)]).toEqual([["ALICEDEV"], ["ALICEDEV"]]);

    await alice.reactions.lowerHand();
    await settlePromises();
    expect([handsSeenBy(alice), handsSeenBy(bob)]).toEqual([[], []]);
  });

  it("goes by one annotation on the own membership event, and by one redaction", async () => {
    const before = bob.user.requests.length;

    await bob.reactions.raiseHand();
    await bob.reactions.raiseHand();
    await bob.reactions.lowerHand();

    expect(bob.user.requests.slice(before)).toEqual(["sendEvent", "redactEvent"]);
  });

  it("takes its place behind those that were raised before", async () => {
    const carol = await join("carol");

    for (const person of [carol, alice, bob]) {
      await person.reactions.raiseHand();
      await slot.clock.advance(500);
    }

    expect(handsSeenBy(bob)).toEqual(["CAROLDEV", "ALICEDEV", "BOBDEV"]);
  });

  it("is found by who joins later", async () => {
    await alice.reactions.raiseHand();

    const carol = follow(await slot.join("carol"));
    expect(handsSeenBy(carol)).toEqual([]);
    await slot.clock.advance(1_000);

    expect(handsSeenBy(carol)).toEqual(["ALICEDEV"]);
  });

  it("is not found by who joins after it was lowered, even if that is told before the answer", async () => {
    await alice.reactions.raiseHand();
    const carol = follow(await slot.join("carol"));
    carol.user.latency = { thereMs: 0, backMs: 1_000 };
    await slot.clock.advance(1_100);

    await alice.reactions.lowerHand();
    await slot.clock.advance(2_000);
    carol.user.latency = { thereMs: 0, backMs: 0 };

    expect(handsSeenBy(carol)).toEqual([]);
  });

  it("is asked for again when the homeserver wants a pause", async () => {
    await alice.reactions.raiseHand();
    const carol = follow(await slot.join("carol"));
    const fault = new MatrixRtcError("rate_limited", "slow down", { retryable: true, retryAfterMs: 3_000 });
    carol.user.failNext("readRecentEvents", fault);

    await slot.clock.advance(1_000);
    const before = handsSeenBy(carol);
    await slot.clock.advance(3_000);

    expect([before, handsSeenBy(carol)]).toEqual([[], ["ALICEDEV"]]);
  });

  it("goes with its member", async () => {
    await alice.reactions.raiseHand();
    await settlePromises();

    await alice.session.leave();
    await settlePromises();

    expect(handsSeenBy(bob)).toEqual([]);
  });

  it("counts only if the member itself raised it", async () => {
    await annotate(bob, membershipOf(alice));

    expect(handsSeenBy(alice)).toEqual([]);
  });

  it.each(["👍", "\u{1F590}", "🖐️🖐️"])("is not an annotation with the key %s", async (key) => {
    const content = { "m.relates_to": { rel_type: "m.annotation", event_id: membershipOf(bob), key } };
    await bob.user.sendEvent(slot.room.roomId, CALL_EVENTS.annotation, content);
    await settlePromises();

    expect(handsSeenBy(alice)).toEqual([]);
  });

  it("stays down, with the reason, when the homeserver refuses it", async () => {
    alice.user.failNext("sendEvent", new MatrixRtcError("forbidden", "no"));

    await expect(alice.reactions.raiseHand()).rejects.toMatchObject({ code: "forbidden" });
    await resend(alice);
    expect(handsSeenBy(bob)).toEqual([]);

    await alice.reactions.raiseHand();
    await settlePromises();
    expect(handsSeenBy(bob)).toEqual(["ALICEDEV"]);
  });

  it("stays up, with the reason, when it cannot be lowered", async () => {
    await alice.reactions.raiseHand();
    alice.user.failNext("redactEvent", new MatrixRtcError("forbidden", "no"));

    await expect(alice.reactions.lowerHand()).rejects.toMatchObject({ code: "forbidden" });
    await resend(alice);
    await slot.clock.advance(FORMER_EVENT_GRACE_MS);
    const up = handsSeenBy(bob);
    await alice.reactions.lowerHand();
    await settlePromises();

    expect([up, handsSeenBy(bob)]).toEqual([["ALICEDEV"], []]);
  });

  it("cannot be raised before the own membership is in the room", async () => {
    const carol = follow(slot.enter("carol"));

    await expect(carol.reactions.raiseHand()).rejects.toMatchObject({ code: "not_found" });
  });

  it("works the same in a room without encryption", async () => {
    const open = new TestSlot({ isEncrypted: false });
    slot = open;
    const dina = follow(await open.join("dina"));
    await dina.reactions.raiseHand();

    const eve = await join("eve");
    expect(handsSeenBy(eve)).toEqual(["DINADEV"]);
  });
});

describe("a hand whose membership is sent again", () => {
  it("stays up for everybody, in its place, without a moment of being down", async () => {
    await alice.reactions.raiseHand();
    await slot.clock.advance(100);
    await bob.reactions.raiseHand();
    await slot.clock.advance(100);
    const release = alice.user.holdNext("sendEvent");

    const target = await resend(alice);
    expect(handsSeenBy(bob)).toEqual(["ALICEDEV", "BOBDEV"]);
    release();
    await settlePromises();

    expect(handsSeenBy(bob)).toEqual(["ALICEDEV", "BOBDEV"]);
    const query = { eventId: target, relType: "m.annotation", type: CALL_EVENTS.annotation };
    expect(await bob.user.readRelations(slot.room.roomId, query)).toHaveLength(1);
  });

  it("is found by who joins then, and goes down for all with one redaction", async () => {
    await alice.reactions.raiseHand();
    await resend(alice);
    const carol = await join("carol");
    expect(handsSeenBy(carol)).toEqual(["ALICEDEV"]);

    await alice.reactions.lowerHand();
    await settlePromises();

    expect([bob, carol].map(handsSeenBy)).toEqual([[], []]);
  });

  it("survives the refreshes of hours", async () => {
    await alice.reactions.raiseHand();
    const first = membershipOf(alice);

    await slot.clock.advance(3 * 3_600_000);

    expect(membershipOf(alice)).not.toBe(first);
    expect(handsSeenBy(bob)).toEqual(["ALICEDEV"]);
  });

  it("is raised again although that fails at first", async () => {
    await alice.reactions.raiseHand();
    const fault = new MatrixRtcError("homeserver_unreachable", "gone", { retryable: true });
    alice.user.failNext("sendEvent", fault);
    alice.user.failNext("sendEvent", fault);

    await resend(alice);
    await slot.clock.advance(FORMER_EVENT_GRACE_MS + 5_000);

    expect(handsSeenBy(bob)).toEqual(["ALICEDEV"]);
  });

  it("is down after a while if its owner's client does not raise it again", async () => {
    await annotate(alice, membershipOf(alice));
    await resend(alice);
    const before = handsSeenBy(bob);

    await slot.clock.advance(FORMER_EVENT_GRACE_MS);
    await settlePromises();

    expect([before, handsSeenBy(bob)]).toEqual([["ALICEDEV"], []]);
    expect(slot.clock.pendingTimers).toBeGreaterThan(0);
  });

  it("is not raised again after it was lowered", async () => {
    await alice.reactions.raiseHand();
    await alice.reactions.lowerHand();

    await resend(alice);
    await slot.clock.advance(60_000);

    expect(handsSeenBy(bob)).toEqual([]);
  });
});

describe("an emoji", () => {
  it("is shown to everybody for three seconds", async () => {
    await alice.reactions.react("🎉");
    await settlePromises();
    const shown = [emojisSeenBy(alice), emojisSeenBy(bob)];

    await slot.clock.advance(REACTION_MS - 1);
    const still = emojisSeenBy(bob);
    await slot.clock.advance(1);

    expect(shown).toEqual([["🎉"], ["🎉"]]);
    expect([still, emojisSeenBy(alice), emojisSeenBy(bob)]).toEqual([["🎉"], [], []]);
  });

  it("is one at a time for each member, whoever sends more", async () => {
    const content = reactionContent(membershipOf(alice), "🐱");
    await alice.reactions.react("🎉");
    for (let more = 0; more < 20; more++) await alice.user.sendEvent(slot.room.roomId, CALL_EVENTS.reaction, content);
    await bob.reactions.react("👏");
    await settlePromises();

    expect(emojisSeenBy(bob)).toEqual(["🎉", "👏"]);
  });

  it("is not sent while the last one is being shown", async () => {
    const before = alice.user.requests.length;

    await Promise.all([alice.reactions.react("🎉"), alice.reactions.react("👏")]);
    await alice.reactions.react("🐱");
    await slot.clock.advance(REACTION_MS);
    await alice.reactions.react("🐶");

    expect(alice.user.requests.slice(before).filter((request) => request === "sendEvent")).toHaveLength(2);
  });

  it("counts only on the sender's own membership", async () => {
    await bob.user.sendEvent(slot.room.roomId, CALL_EVENTS.reaction, reactionContent(membershipOf(alice), "🎉"));
    await bob.user.sendEvent(slot.room.roomId, CALL_EVENTS.reaction, reactionContent("$nowhere" as EventId, "🎉"));
    await settlePromises();

    expect(emojisSeenBy(alice)).toEqual([]);
  });

  it("tells why it could not be sent", async () => {
    alice.user.failNext("sendEvent", new MatrixRtcError("rate_limited", "slow down", { retryable: true }));

    await expect(alice.reactions.react("🎉")).rejects.toMatchObject({ code: "rate_limited" });
    await alice.reactions.react("🎉");
    await settlePromises();

    expect(emojisSeenBy(bob)).toEqual(["🎉"]);
  });
});

it("leaves no timer behind", async () => {
  await alice.reactions.raiseHand();
  await alice.reactions.react("🎉");
  await annotate(bob, membershipOf(bob));
  await resend(bob);

  await slot.end();

  expect(slot.clock.pendingTimers).toBe(0);
});
