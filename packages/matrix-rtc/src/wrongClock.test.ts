import { Scope, silentLogger, type Clock } from "@conclave/kit";
import { FakeClock, settlePromises } from "@conclave/kit/testing";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { ROOM_CALL_SLOT } from "./model.ts";
import { openRtcSession, type RtcSession } from "./RtcSession.ts";
import { FakeMatrix } from "./testing/FakeMatrix.ts";
import type { FakeRoom } from "./testing/FakeRoom.ts";
import { legacyEvent, person } from "./testing/fixtures.ts";

const transport = { type: "livekit", serviceUrl: "https://rtc.hs.example/livekit/jwt" } as const;
const HOUR_MS = 3_600_000;

// Hours of a call are thousands of restarts, which take a busy computer a while.
vi.setConfig({ testTimeout: 30_000 });

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

afterEach(() => scope.end());

/** The clock of a device that is set wrong. */
function ahead(byMs: number): Clock {
  return {
    nowMs: () => clock.nowMs() + byMs,
    monotonicMs: () => clock.monotonicMs(),
    after: (delayMs, run) => clock.after(delayMs, run),
  };
}

function open(name: string, aheadMs: number): RtcSession {
  const { userId, deviceId } = person(name);
  const matrix = homeserver.connect(userId, deviceId);
  room.join(userId);
  const features = { delayedEvents: true, stickyEvents: false };
  const options = { roomId: room.roomId, slot: ROOM_CALL_SLOT, features };
  return openRtcSession({ matrix, clock: ahead(aheadMs), logger: silentLogger }, options, scope);
}

async function join(name: string, aheadMs: number): Promise<RtcSession> {
  const session = open(name, aheadMs);
  await session.publishMembership(transport);
  await settlePromises();
  return session;
}

function whoIsIn(session: RtcSession): readonly string[] {
  return session.members.get().map((member) => member.deviceId);
}

function placeBob(expiresMs: number): void {
  const bob = person("bob");
  room.join(bob.userId);
  room.placeState(legacyEvent(bob, { expires: expiresMs }, { originServerTsMs: clock.nowMs() }));
}

describe("how wrong a clock is", () => {
  const MINUTE_MS = 60_000;

  it.each([
    [2 * HOUR_MS, 2 * HOUR_MS],
    [-10 * MINUTE_MS, -10 * MINUTE_MS],
    [MINUTE_MS + 1, MINUTE_MS + 1],
    [MINUTE_MS, undefined],
    [-MINUTE_MS, undefined],
    [0, undefined],
  ])("by %d ms is told as %s", async (aheadMs, told) => {
    const session = open("alice", aheadMs);
    const before = session.clockSkewMs.get();

    await session.publishMembership(transport);
    await settlePromises();

    expect([before, session.clockSkewMs.get()]).toEqual([undefined, told]);
  });
});

describe("a device whose clock is hours off", () => {
  it.each([-5, 5])("by %d h sees who is in, itself included", async (hours) => {
    placeBob(4 * HOUR_MS);
    await clock.advance(1_000);

    const session = await join("alice", hours * HOUR_MS);

    expect(whoIsIn(session)).toEqual(["BOBDEV", "ALICEDEV"]);
  });

  it.each([-5, 5])("by %d h sees a membership end when it ends", async (hours) => {
    placeBob(60_000);
    const session = await join("alice", hours * HOUR_MS);

    await clock.advance(59_999);
    const before = whoIsIn(session);
    await clock.advance(1);

    expect([before, whoIsIn(session)]).toEqual([["ALICEDEV", "BOBDEV"], ["ALICEDEV"]]);
  });

  it.each([-5, 5])("by %d h is seen by others for as long as it is there", async (hours) => {
    const bob = await join("bob", 0);
    await join("alice", hours * HOUR_MS);

    for (let hour = 1; hour <= 6; hour++) {
      await clock.advance(HOUR_MS);
      expect(whoIsIn(bob)).toEqual(["ALICEDEV", "BOBDEV"]);
    }
  });

  it("believes no time stamps but those of its own events", async () => {
    const carol = person("carol");
    room.join(carol.userId);
    room.placeState(legacyEvent(carol, {}, { originServerTsMs: clock.nowMs() + 100 * HOUR_MS }));
    placeBob(4 * HOUR_MS);

    const session = await join("alice", 0);

    expect(whoIsIn(session)).toContain("BOBDEV");
  });

  it("trusts a clock that differs by a second", async () => {
    const session = await join("alice", 1_000);
    placeBob(60_000);

    await clock.advance(59_000);

    expect(whoIsIn(session)).toEqual(["ALICEDEV"]);
  });
});
