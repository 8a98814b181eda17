import { Scope, silentLogger } from "@conclave/kit";
import { FakeClock, recordEvents, seededRandom, settlePromises } from "@conclave/kit/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { chooseOwnForm } from "./membership/ownForm.ts";
import { STICKY_MEMBER_TYPE } from "./membership/stickyContent.ts";
import { type MembershipLayer, ROOM_CALL_SLOT } from "./model.ts";
import type { RawEvent } from "./ports.ts";
import { openRtcSession, type RtcSession } from "./RtcSession.ts";
import { FakeMatrix } from "./testing/FakeMatrix.ts";
import type { FakeMatrixUser } from "./testing/FakeMatrixUser.ts";
import type { FakeRoom } from "./testing/FakeRoom.ts";
import { legacyEvent, person, stickyEvent } from "./testing/fixtures.ts";

const transport = { type: "livekit", serviceUrl: "https://rtc.hs.example/livekit/jwt" } as const;
const HOUR_MS = 3_600_000;

let clock: FakeClock;
let homeserver: FakeMatrix;
let room: FakeRoom;
let scope: Scope;
let random: ReturnType<typeof seededRandom>;

beforeEach(() => {
  clock = new FakeClock();
  homeserver = new FakeMatrix(clock);
  room = homeserver.createRoom();
  scope = new Scope();
  random = seededRandom(3);
});

afterEach(() => scope.end());

interface Device {
  readonly user: FakeMatrixUser;
  readonly session: RtcSession;
}

function open(name: string, layer: MembershipLayer = "sticky"): Device {
  const { userId, deviceId } = person(name);
  const user = homeserver.connect(userId, deviceId);
  room.join(userId, { displayName: name });
  const { features } = homeserver;
  const form = chooseOwnForm({ self: user.self, randomBytes: random.bytes }, layer, features);
  const options = { roomId: room.roomId, slot: ROOM_CALL_SLOT, features, form };
  return { user, session: openRtcSession({ matrix: user, clock, logger: silentLogger }, options, scope) };
}

async function join(name: string, layer?: MembershipLayer): Promise<Device> {
  const device = open(name, layer);
  await device.session.publishMembership(transport, "video");
  await settlePromises();
  return device;
}

function memberIds(session: RtcSession): readonly string[] {
  return session.members.get().map((member) => member.memberId);
}

function shown(): RawEvent | undefined {
  return room.view.get().stickyMembers[0];
}

function closeSlot(status = "closed"): void {
  const content = { status, application: { type: "m.call" } };
  room.placeState(legacyEvent(person("moderator"), {}, { type: SLOT_TYPE, stateKey: "m.call#ROOM", content }));
}

const SLOT_TYPE = "org.matrix.msc4143.rtc.slot";

describe.each(["sticky", "draft"] as const)("a session that sends %s memberships", (layer) => {
  it("schedules the leave and sends the membership, both sticky for an hour, and no state", async () => {
    const { user, session } = await join("alice", layer);

    expect(user.requests).toEqual(["scheduleEvent", "sendEvent"]);
    expect(shown()).toMatchObject({ type: STICKY_MEMBER_TYPE, stickyForMs: HOUR_MS });
    expect(memberIds(session)).toEqual([session.self.memberId]);
    expect(session.self.memberId).not.toContain("alice");
  });

  it("is listed beside sessions that send state, by all of them", async () => {
    const alice = await join("alice", layer);
    const bob = await join("bob", "deployed");
    const expected = [alice.session.self.memberId, "@bob:hs.example:BOBDEV"];

    expect(memberIds(alice.session).toSorted()).toEqual(expected.toSorted());
    expect(memberIds(bob.session)).toEqual(memberIds(alice.session));
  });

  it("refreshes within the hour, renews the event before, and keeps its age and its member id", async () => {
    const { user, session } = await join("alice", layer);
    const [before] = session.members.get();
    const first = shown();

    await clock.advance(HOUR_MS - 5_000);
    await settlePromises();

    expect(user.requests.filter((request) => request === "sendEvent").length).toBe(2);
    expect(shown()?.content).toMatchObject({ "m.relates_to": { rel_type: "m.reference", event_id: first?.eventId } });
    expect(session.members.get()).toMatchObject([{ memberId: before?.memberId, joinedAtMs: before?.joinedAtMs }]);
    await clock.advance(5 * HOUR_MS);
    expect(session.members.get()).toMatchObject([{ memberId: before?.memberId, joinedAtMs: before?.joinedAtMs }]);
  });

  it("is gone for the others when it leaves, whatever was shown before", async () => {
    const alice = await join("alice", layer);
    const bob = await join("bob", layer);

    await alice.session.leave();
    await settlePromises();

    expect(alice.user.requests.slice(2)).toEqual(["sendDelayedNow"]);
    expect(memberIds(bob.session)).toEqual([bob.session.self.memberId]);
    const left = room.view.get().stickyMembers.find(({ sender }) => sender === alice.user.self.userId);
    expect(left).toMatchObject({ stickyForMs: HOUR_MS, content: { slot_id: "m.call#ROOM" } });
  });

  it("leaves by an event of its own where the delayed leave is lost", async () => {
    const { user, session } = await join("alice", layer);
    homeserver.loseDelayedEvents();

    await session.leave();
    await settlePromises();

    expect(user.requests.slice(2)).toEqual(["sendDelayedNow", "sendEvent"]);
    expect(shown()).toMatchObject({ stickyForMs: HOUR_MS });
    expect(memberIds(session)).toEqual([]);
  });

  it("is taken out by its delayed leave when it vanishes", async () => {
    const alice = await join("alice", layer);
    const bob = await join("bob", layer);
    alice.user.cutOff();

    await clock.advance(9_000);

    expect(memberIds(bob.session)).toEqual([bob.session.self.memberId]);
    alice.user.reconnect();
  });

  it("joins again with the same member id when it was taken out during an outage", async () => {
    const alice = await join("alice", layer);
    const bob = await join("bob", layer);
    alice.user.cutOff();
    await clock.advance(20_000);
    expect(memberIds(bob.session)).not.toContain(alice.session.self.memberId);

    alice.user.reconnect();
    await clock.advance(2_000);

    expect(memberIds(bob.session)).toContain(alice.session.self.memberId);
    expect(alice.session.state.get()).toEqual({ phase: "joined", isProbablyLeft: false });
  });

  it("does not take an older membership of its device for its own, nor its end for its own end", async () => {
    room.join(person("alice").userId);
    room.stick(stickyEvent(person("alice"), {}, { originServerTsMs: clock.nowMs() - 60_000 }));
    const { user, session } = await join("alice", layer);
    expect(memberIds(session)).toEqual(["member-of-ALICEDEV", session.self.memberId]);

    room.unstick(stickyEvent(person("alice")).eventId);
    await clock.advance(1_000);

    expect(memberIds(session)).toEqual([session.self.memberId]);
    expect(user.requests).toEqual(["scheduleEvent", "sendEvent"]);
  });

  it("notices that its own membership is gone although an older one of its device is there", async () => {
    room.join(person("alice").userId);
    room.stick(stickyEvent(person("alice"), {}, { originServerTsMs: clock.nowMs() - 60_000 }));
    const { user, session } = await join("alice", layer);
    const own = session.members.get().find(({ memberId }) => memberId === session.self.memberId);

    if (own) room.unstick(own.eventId);
    await clock.advance(1_000);

    expect(user.requests.slice(2)).toEqual(["sendEvent"]);
    expect(memberIds(session)).toContain(session.self.memberId);
  });

  it("ends when the slot is closed, and stays out when it is opened again", async () => {
    const { user, session } = await join("alice", layer);
    const failures = recordEvents(scope, session.failed);

    closeSlot();
    await settlePromises();
    closeSlot("open");
    await clock.advance(60_000);

    expect(user.requests.slice(2)).toEqual(["sendDelayedNow"]);
    expect(failures).toMatchObject([{ code: "membership_failed", cause: { code: "slot_closed" } }]);
    expect([session.state.get().phase, memberIds(session)]).toEqual(["failed", []]);
  });

  it("does not join while the slot is closed", async () => {
    const { user, session } = open("alice", layer);
    closeSlot();
    await settlePromises();

    const joining = session.publishMembership(transport);

    await expect(joining).rejects.toMatchObject({ code: "membership_failed", cause: { code: "slot_closed" } });
    expect(user.requests).toEqual([]);
  });
});

describe("a session that was to send sticky memberships", () => {
  it("sends state where the homeserver has none, and says so", async () => {
    homeserver.features = { delayedEvents: true, stickyEvents: false };
    const { user, session } = await join("alice", "sticky");

    expect(user.requests).toEqual(["scheduleState", "sendState"]);
    expect(session.form.insteadOf).toEqual({ layer: "sticky", because: "no_sticky_events" });
    expect(memberIds(session)).toEqual(["@alice:hs.example:ALICEDEV"]);
  });
});

describe("a session that sends state", () => {
  it("is not touched by a closed slot", async () => {
    const { user, session } = await join("alice", "deployed");

    closeSlot();
    await clock.advance(1_000);

    expect([session.state.get().phase, user.requests.length]).toEqual(["joined", 2]);
  });

  it("renews nothing by a relation", async () => {
    await join("alice", "deployed");
    await clock.advance(HOUR_MS);

    expect(room.view.get().callMembers[0]?.content).not.toHaveProperty("m.relates_to");
  });
});
