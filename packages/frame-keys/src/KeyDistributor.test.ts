import { Scope, signal, silentLogger, toBase64, tryFromHex, type Logger, type WritableSignal } from "@conclave/kit";
import { FakeClock, seededRandom, settlePromises } from "@conclave/kit/testing";
import type { DeviceId, EventId, RtcMember, UserId } from "@conclave/matrix-rtc";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { createKeyDistributor, type KeyDistributor } from "./KeyDistributor.ts";
import { FakeKeyNetwork, type FakeKeyTransport } from "./testing/FakeKeyTransport.ts";
import { RecordingSink } from "./testing/RecordingSink.ts";

interface Person {
  readonly member: RtcMember;
  readonly transport: FakeKeyTransport;
  readonly sink: RecordingSink;
  readonly keys: KeyDistributor;
}

let clock: FakeClock;
let network: FakeKeyNetwork;
let members: WritableSignal<readonly RtcMember[]>;
let scope: Scope;
let logger: Logger;

beforeEach(() => {
  clock = new FakeClock();
  network = new FakeKeyNetwork();
  members = signal<readonly RtcMember[]>([]);
  scope = new Scope();
  logger = silentLogger;
});

afterEach(() => scope.end());

function start(name: string, options: { joinedAtMs?: number; isSending?: WritableSignal<boolean> } = {}): Person {
  const { joinedAtMs = 0, isSending = signal(true) } = options;
  const userId = `@${name}:hs.example` as UserId;
  const deviceId = `${name.toUpperCase()}DEV` as DeviceId;
  const self = { userId, deviceId, memberId: `${userId}:${deviceId}` };
  const transport = network.connect(self);
  const sink = new RecordingSink();
  const randomBytes = seededRandom(name.length).bytes;
  const keys = createKeyDistributor(
    { transport, sink, clock, randomBytes, logger },
    { self, members, isSending },
    scope,
  );
  const profile = { transport: undefined, intent: undefined, displayName: undefined, sfuIdentities: [] };
  return { member: { ...self, ...profile, joinedAtMs, eventId: "$e" as EventId }, transport, sink, keys };
}

async function gather(...people: readonly Person[]): Promise<void> {
  members.set(people.map((person) => person.member));
  await settlePromises();
}

function hears(listener: Person, speaker: Person): boolean {
  return listener.sink.canDecrypt(speaker.member.memberId, speaker.sink);
}

describe("KeyDistributor", () => {
  it("has its first key of 16 bytes in use at once, with index 0", async () => {
    const alice = start("alice");

    await alice.keys.firstKeyReady;

    expect(alice.sink.senderKey).toMatchObject({ index: 0, key: expect.stringMatching(/^[0-9a-f]{32}$/) });
    expect(alice.keys.statistics.get().ownKeyIndex).toBe(0);
  });

  it("never sends its key to itself", async () => {
    const [alice, bob] = [start("alice"), start("bob")];

    await gather(alice, bob);

    expect(alice.transport.sent.map((sent) => sent.recipients.map((to) => to.deviceId))).toEqual([["BOBDEV"]]);
  });

  it("makes no key and sends none as long as it only listens", async () => {
    const isSending = signal(false);
    const [alice, bob] = [start("alice"), start("bob", { isSending })];
    await gather(alice, bob);
    await clock.advance(60_000);
    await gather(alice);
    await gather(alice, bob);

    expect(bob.transport.sent).toEqual([]);
    expect(bob.keys.statistics.get()).toMatchObject({ keysCreated: 0, ownKeyIndex: undefined });
    expect(hears(bob, alice)).toBe(true);
    isSending.set(true);
    await settlePromises();

    expect(hears(alice, bob)).toBe(true);
  });

  it("keeps its key up when it stops sending for a while", async () => {
    const isSending = signal(true);
    const [alice, bob, carol] = [start("alice", { isSending }), start("bob"), start("carol")];
    await gather(alice, bob, carol);
    isSending.set(false);

    await gather(alice, bob);
    await clock.advance(2_000);

    expect([hears(bob, alice), hears(carol, alice)]).toEqual([true, false]);
  });

  it("lets everybody decrypt everybody through joins and leaves", async () => {
    const people = [start("alice"), start("bob"), start("carol")] as const;
    const [alice, bob, carol] = people;
    await gather(alice, bob);
    await clock.advance(30_000);
    await gather(alice, bob, carol);
    await clock.advance(2_000);
    await gather(alice, carol);
    await clock.advance(2_000);

    expect([hears(alice, carol), hears(carol, alice)]).toEqual([true, true]);
    expect([hears(bob, alice), hears(bob, carol)]).toEqual([false, false]);
  });

  it("is heard by the others without a gap while somebody joins", async () => {
    const [alice, bob, carol] = [start("alice"), start("bob"), start("carol")];
    await gather(alice, bob);
    await clock.advance(60_000);

    members.set([alice.member, bob.member, carol.member]);
    for (let turn = 0; turn < 30; turn++) {
      await Promise.resolve();
      expect(hears(bob, alice)).toBe(true);
    }
    await settlePromises();

    expect(hears(carol, alice)).toBe(true);
    expect(alice.keys.statistics.get().ownKeyIndex).toBe(1);
  });

  it("suspends sending when a leave cannot be answered in time, and says so", async () => {
    const [alice, bob, carol] = [start("alice"), start("bob"), start("carol")];
    await gather(alice, bob, carol);
    alice.transport.failure = Object.assign(new Error("away"), { retryable: true });
    await gather(alice, bob);

    await clock.advance(1_500);
    expect([alice.sink.senderKey, alice.keys.statistics.get().ownKeyIndex]).toEqual([undefined, undefined]);

    alice.transport.failure = undefined;
    await clock.advance(4_000);
    expect(hears(bob, alice)).toBe(true);
  });

  it("comes back to a rate-limited homeserver when it says so", async () => {
    const [alice, bob] = [start("alice"), start("bob")];
    alice.transport.failure = Object.assign(new Error("slow down"), { retryAfterMs: 7_000 });
    await gather(alice, bob);
    alice.transport.failure = undefined;

    await clock.advance(6_999);
    expect(hears(bob, alice)).toBe(false);
    await clock.advance(1);

    expect(hears(bob, alice)).toBe(true);
  });

  it("reaches a device later that had no keys at first, and counts it until then", async () => {
    const [alice, bob] = [start("alice"), start("bob")];
    alice.transport.unreachable.add("BOBDEV");
    await gather(alice, bob);
    expect(alice.keys.statistics.get().membersWithoutKey).toBe(1);

    alice.transport.unreachable.clear();
    await clock.advance(500);

    expect([hears(bob, alice), alice.keys.statistics.get().membersWithoutKey]).toEqual([true, 0]);
  });

  it("sends one distribution at a time", async () => {
    const [alice, bob, carol] = [start("alice"), start("bob"), start("carol")];
    const release = alice.transport.hold();
    await gather(alice, bob);
    await gather(alice, bob, carol);
    expect(alice.transport.sent).toEqual([]);

    release();
    await settlePromises();

    const recipients = alice.transport.sent.map((sent) => sent.recipients.map((to) => to.deviceId));
    expect(recipients).toEqual([["BOBDEV"], ["CAROLDEV"]]);
  });

  it("wraps the key index after 255", async () => {
    const [alice, bob] = [start("alice"), start("bob")];
    for (let round = 0; round < 129; round++) {
      await gather(alice, bob);
      await clock.advance(11_000);
      await gather(alice);
    }
    const indices = alice.sink.senderKeys.map((key) => key?.index ?? -1);

    expect(Math.max(...indices)).toBeLessThanOrEqual(255);
    expect(alice.keys.statistics.get().keysCreated).toBeGreaterThan(256);
    await gather(alice, bob);
    expect(hears(bob, alice)).toBe(true);
  });

  it("counts rejections of its transport by reason", () => {
    const alice = start("alice");

    alice.transport.keyRejected.emit({ reason: "cleartext", from: "@mallory:hs.example" });

    expect(alice.keys.statistics.get().keysRejected.cleartext).toBe(1);
  });

  it("writes no key material into the log", async () => {
    const lines: string[] = [];
    const note = (message: string, fields?: object): void => void lines.push(message + JSON.stringify(fields));
    logger = { error: note, warn: note, info: note, debug: note, child: () => logger };
    const [alice, bob, carol] = [start("alice"), start("bob"), start("carol")];
    await gather(alice, bob, carol);
    alice.transport.failure = new Error("away");
    await gather(alice, bob);
    await clock.advance(5_000);

    const used = [alice, bob].flatMap((person) => person.sink.senderKeys.flatMap((key) => key?.key ?? []));
    const base64 = used.map((key) => toBase64(tryFromHex(key) ?? new Uint8Array()));
    expect(lines.length).toBeGreaterThan(0);
    expect([...used, ...base64].filter((secret) => lines.some((line) => line.includes(secret)))).toEqual([]);
  });

  it("leaves no timer behind when its scope ends", async () => {
    const [alice, bob] = [start("alice"), start("bob")];
    await gather(alice, bob);

    await scope.end();

    expect(clock.pendingTimers).toBe(0);
  });
});
