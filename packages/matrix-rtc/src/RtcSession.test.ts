import { Scope, silentLogger } from "@conclave/kit";
import { FakeClock, recordEvents, settlePromises } from "@conclave/kit/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { MatrixRtcError } from "./errors.ts";
import { ROOM_CALL_SLOT } from "./model.ts";
import type { MatrixFeatures } from "./ports.ts";
import { openRtcSession, type RtcSession } from "./RtcSession.ts";
import { FakeMatrix } from "./testing/FakeMatrix.ts";
import type { FakeMatrixUser } from "./testing/FakeMatrixUser.ts";
import type { FakeRoom } from "./testing/FakeRoom.ts";
import { legacyEvent, person } from "./testing/fixtures.ts";

const transport = { type: "livekit", serviceUrl: "https://rtc.hs.example/livekit/jwt" } as const;
const features: MatrixFeatures = { delayedEvents: true, stickyEvents: true };

let clock: FakeClock;
let homeserver: FakeMatrix;
let room: FakeRoom;
let scope: Scope;

beforeEach(() => {
  clock = new FakeClock();
  homeserver = new FakeMatrix(clock);
  room = homeserver.createRoom();
  scope = new Scope();
});

afterEach(() => {
  // A leave during an outage would wait for a clock that no longer moves.
  homeserver.restart();
  return scope.end();
});

interface Device {
  readonly user: FakeMatrixUser;
  readonly session: RtcSession;
}

function open(name: string, known: MatrixFeatures | "unknown" = features): Device {
  const { userId, deviceId } = person(name);
  const user = homeserver.connect(userId, deviceId);
  room.join(userId, { displayName: name });
  const options = { roomId: room.roomId, slot: ROOM_CALL_SLOT, ...(known !== "unknown" && { features: known }) };
  const session = openRtcSession({ matrix: user, clock, logger: silentLogger }, options, scope);
  return { user, session };
}

async function join(name: string): Promise<Device> {
  const device = open(name);
  await device.session.publishMembership(transport, "video");
  await settlePromises();
  return device;
}

function whoIsIn(session: RtcSession): readonly string[] {
  return session.members.get().map((member) => member.deviceId);
}

function refusal(code: MatrixRtcError["code"], retryAfterMs?: number): MatrixRtcError {
  return new MatrixRtcError(code, "refused by the test", retryAfterMs === undefined ? {} : { retryAfterMs });
}

describe("joining", () => {
  it("schedules the leave before it sends the membership, and asks for nothing else", async () => {
    const { user, session } = await join("alice");

    expect(user.requests).toEqual(["scheduleState", "sendState"]);
    expect(session.state.get()).toEqual({ phase: "joined", isProbablyLeft: false });
  });

  it("shows the members to everybody, oldest first, the own device included", async () => {
    const alice = await join("alice");
    await clock.advance(1_000);
    const bob = await join("bob");

    expect(whoIsIn(alice.session)).toEqual(["ALICEDEV", "BOBDEV"]);
    expect(whoIsIn(bob.session)).toEqual(["ALICEDEV", "BOBDEV"]);
  });

  it("asks for the features once if nobody has", async () => {
    const { user, session } = open("alice", "unknown");

    await session.publishMembership(transport);

    expect(user.requests).toEqual(["readFeatures", "scheduleState", "sendState"]);
  });

  it("goes on without a delayed leave where the server has none", async () => {
    const { user, session } = open("alice", { delayedEvents: false, stickyEvents: false });

    await session.publishMembership(transport);

    expect(user.requests).toEqual(["sendState"]);
    expect(session.isProtected.get()).toBe(false);
  });

  it("is protected where the server has delayed events", async () => {
    expect((await join("alice")).session.isProtected.get()).toBe(true);
  });

  it("is listed for at most five minutes after it vanished without a delayed leave", async () => {
    const alice = await join("alice");
    const bob = open("bob", { delayedEvents: false, stickyEvents: false });
    await bob.session.publishMembership(transport);
    await clock.advance(130_000);
    bob.user.cutOff();

    await clock.advance(300_000);
    const listed = whoIsIn(alice.session);
    bob.user.reconnect();

    expect(listed).toEqual(["ALICEDEV"]);
  });

  it("lowers the delay to what the server says it accepts", async () => {
    homeserver.features = { ...features, maxDelayMs: 3_000 };
    const { user, session } = open("alice", features);

    await session.publishMembership(transport);
    await clock.advance(20_000);

    expect(user.requests.slice(0, 3)).toEqual(["scheduleState", "scheduleState", "sendState"]);
    expect([whoIsIn(session), session.isProtected.get()]).toEqual([["ALICEDEV"], true]);
  });

  it("sends nothing when asked to publish what it has published", async () => {
    const { user, session } = await join("alice");

    await session.publishMembership({ ...transport }, "video");
    await settlePromises();

    expect(user.requests.length).toBe(2);
  });

  it("goes on without a delayed leave if scheduling is refused", async () => {
    const { user, session } = open("alice");
    user.failNext("scheduleState", refusal("forbidden"));

    await session.publishMembership(transport);

    expect(user.requests).toEqual(["scheduleState", "sendState"]);
  });

  it("stays below the longest delay that the server accepts", async () => {
    homeserver.features = { ...features, maxDelayMs: 3_000 };
    const { session } = open("alice", homeserver.features);

    await session.publishMembership(transport);
    await clock.advance(20_000);

    expect(whoIsIn(session)).toEqual(["ALICEDEV"]);
  });

  it("fails with the cause when the room refuses the membership", async () => {
    const { user, session } = open("alice");
    const failures = recordEvents(scope, session.failed);
    user.failNext("sendState", refusal("forbidden"));

    const error = await session.publishMembership(transport).catch((fault: unknown) => fault);
    await settlePromises();

    expect(error).toMatchObject({ code: "membership_failed", cause: { code: "forbidden" } });
    expect(failures).toMatchObject([{ code: "membership_failed" }]);
    expect(session.state.get()).toMatchObject({ phase: "failed" });
  });

  it("waits as long as a rate limit says", async () => {
    const { user, session } = open("alice");
    user.failNext("sendState", refusal("rate_limited", 2_500));
    const joined = session.publishMembership(transport);

    await clock.advance(2_499);
    expect(user.requests).toEqual(["scheduleState", "sendState"]);
    await clock.advance(1);
    await joined;

    expect(user.requests).toEqual(["scheduleState", "sendState", "sendState"]);
  });

  it("gives up after eleven tries without an answer", async () => {
    const { user, session } = open("alice");
    homeserver.goDown();
    const outcome = session.publishMembership(transport).catch((fault: unknown) => fault);

    await clock.advance(60_000);

    expect(await outcome).toMatchObject({ code: "homeserver_unreachable" });
    expect(user.requests.length).toBe(11);
  });

  it("refuses a slot whose parts contain #", () => {
    const matrix = homeserver.connect("@alice:hs.example", "ALICEDEV");
    const options = { roomId: room.roomId, slot: { application: "m.call", id: "a#b" } };

    expect(() => openRtcSession({ matrix, clock, logger: silentLogger }, options, scope)).toThrow(
      expect.objectContaining({ code: "slot_invalid" }),
    );
  });
});

describe("staying", () => {
  it("restarts the delayed leave every three seconds", async () => {
    const { user } = await join("alice");

    await clock.advance(9_000);

    expect(user.requests.slice(2)).toEqual(["restartDelayed", "restartDelayed", "restartDelayed"]);
  });

  it("schedules a new delayed leave when the homeserver lost it", async () => {
    const { user, session } = await join("alice");
    homeserver.loseDelayedEvents();

    await clock.advance(4_000);

    expect(user.requests.slice(2)).toEqual(["restartDelayed", "scheduleState"]);
    expect(homeserver.scheduledCount).toBe(1);
    expect(whoIsIn(session)).toEqual(["ALICEDEV"]);
  });

  it("refreshes before the membership expires and keeps its age", async () => {
    const { session } = await join("alice");
    const joinedAtMs = session.members.get()[0]?.joinedAtMs;

    await clock.advance(5 * 3_600_000);

    expect(session.members.get()).toMatchObject([{ deviceId: "ALICEDEV", joinedAtMs }]);
    expect(room.view.get().callMembers[0]?.content).toMatchObject({ created_ts: joinedAtMs });
  });

  it("sends the membership again with the same age when the intent changes", async () => {
    const { user, session } = await join("alice");
    const before = session.members.get()[0];
    await clock.advance(500);

    await session.publishMembership(transport, "audio");
    await settlePromises();

    expect(session.members.get()).toMatchObject([{ intent: "audio", joinedAtMs: before?.joinedAtMs }]);
    expect(user.requests.slice(2)).toEqual(["sendState"]);
  });

  it("abandons a restart that hangs and tries again", async () => {
    const { user, session } = await join("alice");
    user.holdNext("restartDelayed");

    await clock.advance(7_000);

    expect(user.requests.slice(2)).toEqual(["restartDelayed", "restartDelayed"]);
    expect(whoIsIn(session)).toEqual(["ALICEDEV"]);
  });

  it("says that it has probably left while the delayed leave cannot be restarted", async () => {
    const { session } = await join("alice");
    homeserver.goDown();

    await clock.advance(9_000);

    expect(session.state.get()).toEqual({ phase: "joined", isProbablyLeft: true });
  });

  it("rejoins by itself when the delayed leave fired during an outage", async () => {
    const alice = await join("alice");
    const bob = await join("bob");
    homeserver.goDown();
    await clock.advance(30_000);

    homeserver.restart();
    await clock.advance(2_000);

    expect(whoIsIn(bob.session)).toEqual(["ALICEDEV", "BOBDEV"]);
    expect(alice.session.state.get()).toEqual({ phase: "joined", isProbablyLeft: false });
    expect(homeserver.scheduledCount).toBe(2);
  });

  it("keeps its membership over a short outage", async () => {
    const { session } = await join("alice");
    const before = session.members.get();
    homeserver.goDown();
    await clock.advance(5_000);

    homeserver.restart();
    await clock.advance(10_000);

    expect(session.members.get()).toEqual(before);
  });

  it("rejoins when somebody clears its membership", async () => {
    const { session } = await join("alice");
    const cleared = legacyEvent(person("alice"), {}, { content: {} });

    room.placeState(cleared);
    await settlePromises();
    await clock.advance(100);

    expect(whoIsIn(session)).toEqual(["ALICEDEV"]);
  });

  it("rejoins ever more slowly when its membership is cleared again and again", async () => {
    const { user } = await join("alice");
    const cleared = legacyEvent(person("alice"), {}, { content: {} });

    for (let round = 0; round < 60; round++) {
      room.placeState(cleared);
      await clock.advance(500);
    }

    expect(user.requests.filter((request) => request === "sendState").length).toBeLessThan(9);
  });

  it("drops a member whose membership expires", async () => {
    const { session } = await join("alice");
    const bob = person("bob");
    room.join(bob.userId);
    room.placeState(legacyEvent(bob, { expires: 60_000 }, { originServerTsMs: clock.nowMs() }));
    await settlePromises();
    expect(whoIsIn(session)).toContain("BOBDEV");

    await clock.advance(60_000);

    expect(whoIsIn(session)).toEqual(["ALICEDEV"]);
  });

  it("drops a member who is removed from the room", async () => {
    const alice = await join("alice");
    const bob = await join("bob");

    room.part(bob.user.self.userId);
    await settlePromises();

    expect(whoIsIn(alice.session)).toEqual(["ALICEDEV"]);
  });

  it("counts malformed memberships and goes on", async () => {
    const { session } = await join("alice");
    const bob = person("bob");
    room.join(bob.userId);

    room.placeState(legacyEvent(bob, { device_id: 7 }));
    await settlePromises();

    expect([whoIsIn(session), session.ignoredEvents.get()]).toEqual([["ALICEDEV"], 1]);
  });

  it("notices that the room becomes encrypted", async () => {
    room = homeserver.createRoom({ isEncrypted: false });
    const { session } = open("alice");
    expect(session.isEncrypted.get()).toBe(false);

    room.encrypt();

    expect(session.isEncrypted.get()).toBe(true);
  });
});

describe("leaving", () => {
  it("fires the delayed leave", async () => {
    const alice = await join("alice");
    const bob = await join("bob");

    await alice.session.leave();
    await settlePromises();

    expect(alice.user.requests.slice(2)).toEqual(["sendDelayedNow"]);
    expect(whoIsIn(bob.session)).toEqual(["BOBDEV"]);
    expect(alice.session.state.get()).toEqual({ phase: "left" });
  });

  it("sends an empty membership where there is no delayed leave", async () => {
    const { user, session } = open("alice", { delayedEvents: false, stickyEvents: false });
    await session.publishMembership(transport);

    await session.leave();

    expect(user.requests).toEqual(["sendState", "sendState"]);
    expect(room.view.get().callMembers[0]?.content).toEqual({});
  });

  it("sends an empty membership when the delayed leave is lost", async () => {
    const { user, session } = await join("alice");
    homeserver.loseDelayedEvents();

    await session.leave();

    expect(user.requests.slice(2)).toEqual(["sendDelayedNow", "sendState"]);
    expect(whoIsIn(session)).toEqual([]);
  });

  it("does not wait for a restart that hangs", async () => {
    const { user, session } = await join("alice");
    user.holdNext("restartDelayed");
    await clock.advance(4_000);

    await session.leave();

    expect(user.requests.slice(2)).toEqual(["restartDelayed", "sendDelayedNow"]);
  });

  it("gives up after two seconds without an answer and leaves the rest to the delayed leave", async () => {
    const alice = await join("alice");
    const bob = await join("bob");
    alice.user.holdNext("sendDelayedNow");
    const left = alice.session.leave();

    await clock.advance(2_000);
    await left;
    await clock.advance(7_000);

    expect(whoIsIn(bob.session)).toEqual(["BOBDEV"]);
  });

  it("resolves at once when the session never joined", async () => {
    const { user, session } = open("alice");

    await session.leave();

    expect([user.requests, session.state.get()]).toEqual([[], { phase: "left" }]);
  });

  it("cancels the delayed leave when it is left before the membership was sent", async () => {
    const { user, session } = open("alice");
    const release = user.holdNext("scheduleState");
    const joined = session.publishMembership(transport).catch((fault: unknown) => fault);
    await settlePromises();

    const left = session.leave();
    release();
    await left;

    expect(user.requests).toEqual(["scheduleState", "cancelDelayed"]);
    expect(await joined).toMatchObject({ code: "membership_failed" });
  });

  it("happens when the scope ends, and leaves no timer behind", async () => {
    const { user } = await join("alice");

    await scope.end();
    await clock.advance(0);

    expect(user.requests.slice(2)).toEqual(["sendDelayedNow"]);
    expect(clock.pendingTimers).toBe(0);
  });
});
