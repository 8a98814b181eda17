import { type ReadonlySignal, type Scope, silentLogger, systemClock } from "@conclave/kit";
import {
  type MatrixPort,
  openRtcSession,
  type OutgoingRing,
  ringOthers,
  type RingingRoom,
  ROOM_CALL_SLOT,
  type RoomId,
  type RtcSession,
  watchRing,
} from "@conclave/matrix-rtc";
import { describe, expect, it, onTestFinished, vi } from "vitest";

import { freshLink, openGuest, startHomeserver, type TestHomeserver } from "./matrix-http/openGuest.ts";

const WAIT = { timeout: 10_000, interval: 25 };
const TRANSPORT = { type: "livekit", serviceUrl: "https://rtc.hs.example/livekit/jwt" } as const;

interface Caller {
  readonly deps: {
    readonly matrix: MatrixPort;
    readonly clock: typeof systemClock;
    readonly logger: typeof silentLogger;
  };
  readonly session: RtcSession;
  readonly room: RingingRoom;
  readonly scope: Scope;
}

/** Two guests in an encrypted room, over the real homeserver. */
describe("calling somebody in an encrypted room", () => {
  it("rings there, and the caller hears that they do not come", async () => {
    const [alice, bob] = await twoGuests(startHomeserver());
    const bobs = watchRing(bob.deps, bob.room, bob.scope);
    const ring = call(alice);

    await vi.waitFor(() => expect(bobs.ring.get()?.kind).toBe("ring"), WAIT);
    expect(bobs.ring.get()).toMatchObject({ caller: alice.session.self.userId, intent: "audio" });
    await bobs.decline(true);

    await vi.waitFor(() => expect(ring.get()).toMatchObject({ phase: "sent", outcome: "declined" }), WAIT);
    expect(bobs.ring.get()).toBeUndefined();
  });

  it("rings until they come, and the caller hears that, too", async () => {
    const [alice, bob] = await twoGuests(startHomeserver());
    const bobs = watchRing(bob.deps, bob.room, bob.scope);
    const ring = call(alice);
    await vi.waitFor(() => expect(bobs.ring.get()?.kind).toBe("ring"), WAIT);

    await bob.session.publishMembership(TRANSPORT, "audio");

    await vi.waitFor(() => expect(ring.get()).toMatchObject({ phase: "sent", outcome: "accepted" }), WAIT);
    await vi.waitFor(() => expect(bobs.ring.get()).toBeUndefined(), WAIT);
  });
});

async function twoGuests(server: TestHomeserver): Promise<readonly [Caller, Caller]> {
  const [alice, bob] = await Promise.all([openGuest(server), openGuest(server)]);
  const linkId = freshLink();
  const roomId = await alice.session.createCallRoom({ linkId });
  await Promise.all([bob.session.joinByLink(linkId), alice.session.cryptoReady, bob.session.cryptoReady]);
  const both = [alice, bob].map(({ session, scope }) => enter(session, roomId, scope)) as [Caller, Caller];
  for (const { room } of both) await vi.waitFor(() => expect(room.room.get()?.joined.size).toBe(2), WAIT);
  return both;
}

function enter(matrix: MatrixPort, roomId: RoomId, life: Scope): Caller {
  // Ends before the account that it needs to leave with.
  const scope = life.child();
  onTestFinished(() => scope.end());
  const deps = { matrix, clock: systemClock, logger: silentLogger };
  const session = openRtcSession(deps, { roomId, slot: ROOM_CALL_SLOT }, scope);
  const room = { roomId, slot: ROOM_CALL_SLOT, room: matrix.watchRoom(roomId, scope), members: session.members };
  return { deps, session, room, scope };
}

function call({ deps, room, session, scope }: Caller): ReadonlySignal<OutgoingRing> {
  const options = { self: session.self, kind: "ring", intent: "audio", isSticky: true } as const;
  const ring = ringOthers(deps, room, options, scope);
  void session.publishMembership(TRANSPORT, "audio");
  return ring;
}
