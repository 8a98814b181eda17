import { Scope, silentLogger } from "@conclave/kit";
import { FakeClock, settlePromises } from "@conclave/kit/testing";
import { afterEach, beforeEach, expect, it } from "vitest";

import { ROOM_CALL_SLOT } from "./model.ts";
import { openRtcSession, type RtcSession } from "./RtcSession.ts";
import { FakeMatrix } from "./testing/FakeMatrix.ts";
import type { FakeMatrixUser } from "./testing/FakeMatrixUser.ts";
import type { FakeRoom } from "./testing/FakeRoom.ts";
import { person } from "./testing/fixtures.ts";

const transport = { type: "livekit", serviceUrl: "https://rtc.hs.example/livekit/jwt" } as const;
const SLOW = [
  ["answers after 2 s", { thereMs: 0, backMs: 2_000 }],
  ["hears after 2 s", { thereMs: 2_000, backMs: 0 }],
  ["answers after 10 s", { thereMs: 0, backMs: 10_000 }],
  ["hears after 10 s", { thereMs: 10_000, backMs: 0 }],
] as const;

let clock: FakeClock;
let homeserver: FakeMatrix;
let room: FakeRoom;
let scope: Scope;
let user: FakeMatrixUser;
let session: RtcSession;

beforeEach(() => {
  clock = new FakeClock();
  homeserver = new FakeMatrix(clock);
  room = homeserver.createRoom();
  scope = new Scope();
  const { userId, deviceId } = person("alice");
  user = homeserver.connect(userId, deviceId);
  room.join(userId);
  const features = { delayedEvents: true, stickyEvents: false };
  const options = { roomId: room.roomId, slot: ROOM_CALL_SLOT, features };
  session = openRtcSession({ matrix: user, clock, logger: silentLogger }, options, scope);
});

afterEach(async () => {
  user.latency = { thereMs: 0, backMs: 0 };
  await scope.end();
});

it.each(SLOW)("joins once a homeserver that %s has taken three requests", async (_name, latency) => {
  user.latency = latency;
  const joined = session.publishMembership(transport, "video");

  await clock.advance(31_000);
  await joined;

  expect(session.state.get()).toMatchObject({ phase: "joined" });
});

it.each(SLOW)("stays in without a gap while the homeserver %s", async (_name, latency) => {
  user.latency = latency;
  const joined = session.publishMembership(transport, "video");
  await clock.advance(31_000);
  await joined;
  const joinedAtMs = session.members.get()[0]?.joinedAtMs;
  const sent = user.requests.filter((request) => request === "sendState").length;

  for (let second = 0; second < 120; second++) {
    await clock.advance(1_000);
    expect(session.members.get()).toMatchObject([{ joinedAtMs }]);
  }

  expect(user.requests.filter((request) => request === "sendState").length).toBe(sent);
  expect(session.state.get()).toEqual({ phase: "joined", isProbablyLeft: false });
});

it.each(SLOW)("tells the others of a change although the homeserver suddenly %s", async (_name, latency) => {
  await session.publishMembership(transport, "video");
  await settlePromises();
  await clock.advance(3_000);
  user.latency = latency;

  const changed = session.publishMembership(transport, "audio");
  await clock.advance(90_000);
  await changed;

  expect(session.members.get()).toMatchObject([{ intent: "audio" }]);
});

it.each([
  ["answers after 10 s", { thereMs: 0, backMs: 10_000 }],
  ["hears after 10 s", { thereMs: 10_000, backMs: 0 }],
])("is in without a doubt for long, once it knows that a homeserver suddenly %s", async (_name, latency) => {
  await session.publishMembership(transport, "video");
  await clock.advance(5_000);
  user.latency = latency;
  await clock.advance(90_000);
  const joinedAtMs = session.members.get()[0]?.joinedAtMs;

  const doubts: number[] = [];
  for (let second = 0; second < 120; second++) {
    await clock.advance(1_000);
    expect(session.members.get()).toMatchObject([{ joinedAtMs }]);
    if ((session.state.get() as { isProbablyLeft?: boolean }).isProbablyLeft) doubts.push(second);
  }

  expect(doubts).toEqual([]);
  expect(homeserver.scheduledCount).toBe(1);
});

it("is taken out as soon as before, once a slow homeserver has become quick again", async () => {
  await session.publishMembership(transport, "video");
  user.latency = { thereMs: 0, backMs: 10_000 };
  await clock.advance(60_000);
  user.latency = { thereMs: 0, backMs: 0 };
  await clock.advance(240_000);
  expect(homeserver.scheduledCount).toBe(1);

  user.cutOff();
  await clock.advance(10_000);
  user.reconnect();

  expect(room.view.get().callMembers.map(({ content }) => content)).toEqual([{}]);
});
