import { Scope, silentLogger } from "@conclave/kit";
import { FakeClock, seededRandom, settlePromises } from "@conclave/kit/testing";
import { openRtcSession, ROOM_CALL_SLOT, type RtcSession } from "@conclave/matrix-rtc";
import { FakeMatrix, type FakeMatrixUser, type FakeRoom } from "@conclave/matrix-rtc/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { createKeyDistributor, type KeyDistributor } from "./KeyDistributor.ts";
import { RecordingSink } from "./testing/RecordingSink.ts";
import { toDeviceKeyTransport } from "./toDeviceKeyTransport.ts";

const transport = { type: "livekit", serviceUrl: "https://rtc.hs.example/livekit/jwt" } as const;

interface Person {
  readonly user: FakeMatrixUser;
  readonly session: RtcSession;
  readonly sink: RecordingSink;
  readonly keys: KeyDistributor;
  readonly scope: Scope;
}

let clock: FakeClock;
let homeserver: FakeMatrix;
let room: FakeRoom;
let people: Person[];

beforeEach(() => {
  clock = new FakeClock();
  homeserver = new FakeMatrix(clock);
  room = homeserver.createRoom();
  people = [];
});

afterEach(async () => {
  await Promise.all(people.map((person) => person.scope.end()));
});

async function join(name: string): Promise<Person> {
  const user = homeserver.connect(`@${name}:hs.example`, `${name.toUpperCase()}DEV`);
  room.join(user.self.userId);
  const scope = new Scope();
  const deps = { matrix: user, clock, logger: silentLogger };
  const session = openRtcSession(
    deps,
    { roomId: room.roomId, slot: ROOM_CALL_SLOT, features: homeserver.features },
    scope,
  );
  const carrier = toDeviceKeyTransport(
    deps,
    { roomId: room.roomId, slot: ROOM_CALL_SLOT, memberId: session.self.memberId },
    scope,
  );
  const sink = new RecordingSink();
  const randomBytes = seededRandom(name.length * 7919).bytes;
  const keys = createKeyDistributor({ ...deps, transport: carrier, sink, randomBytes }, session, scope);
  const person = { user, session, sink, keys, scope };
  people.push(person);
  await session.publishMembership(transport, "video");
  await settlePromises();
  return person;
}

function hears(listener: Person, speaker: Person): boolean {
  return listener.sink.canDecrypt(speaker.session.self.memberId, speaker.sink);
}

describe("keys over Matrix", () => {
  it("lets two members decrypt each other as soon as both are in the call", async () => {
    const alice = await join("alice");
    const bob = await join("bob");

    expect(hears(alice, bob)).toBe(true);
    expect(hears(bob, alice)).toBe(true);
  });

  it("sends the first key to all present members in one request", async () => {
    await join("alice");
    await join("bob");
    const carol = await join("carol");

    expect(carol.user.requests.toSorted()).toEqual(["scheduleState", "sendEncryptedToDevice", "sendState"]);
  });

  it("keeps a leaver from decrypting what is sent later than two seconds after the leave", async () => {
    const alice = await join("alice");
    const bob = await join("bob");
    const carol = await join("carol");

    await carol.session.leave();
    await clock.advance(2_000);

    expect(hears(carol, alice)).toBe(false);
    expect(hears(carol, bob)).toBe(false);
    expect(hears(bob, alice)).toBe(true);
    expect(hears(alice, bob)).toBe(true);
  });

  it("keeps a joiner from decrypting what was sent more than ten seconds before it joined", async () => {
    const alice = await join("alice");
    await join("bob");
    const earlierKeys = alice.sink.senderKeys.slice();

    await clock.advance(11_000);
    const carol = await join("carol");
    await clock.advance(2_000);

    const known = [...(carol.sink.receiverKeys.get(alice.session.self.memberId)?.values() ?? [])];
    expect(known).not.toContain(earlierKeys.at(-1)?.key);
    expect(hears(carol, alice)).toBe(true);
  });

  it("installs no key that came in clear or from another device", async () => {
    const alice = await join("alice");
    const bob = await join("bob");
    const before = alice.keys.statistics.get().keysInstalled;
    const forged = {
      keys: { index: 9, key: "AAECAwQFBgcICQoLDA0ODw==" },
      room_id: room.roomId,
      member: { id: bob.session.self.memberId, claimed_device_id: "BOBDEV" },
      sent_ts: clock.nowMs() + 1_000,
    };
    const message = { type: "io.element.call.encryption_keys", sender: bob.user.self.userId, content: forged };
    const elsewhere = { deviceId: "EVILDEV" as typeof bob.user.self.deviceId, isCrossSigned: true };

    homeserver.forgeToDevice(alice.user.self, message);
    homeserver.forgeToDevice(alice.user.self, { ...message, encryptedBy: elsewhere });

    const { keysInstalled, keysRejected } = alice.keys.statistics.get();
    expect(keysInstalled).toBe(before);
    expect(keysRejected).toMatchObject({ cleartext: 1, wrong_device: 1 });
  });
});
