import { signal, toBase64, tryFromHex } from "@conclave/kit";
import { type FakeClock, settlePromises } from "@conclave/kit/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { canHear, Circle, type CircleOptions, type CirclePerson } from "./testing/Circle.ts";

let circle: Circle;
let clock: FakeClock;

beforeEach(() => {
  circle = new Circle();
  clock = circle.clock;
});

afterEach(() => circle.end());

const start = (name: string, options: CircleOptions = {}): CirclePerson => circle.start(name, options);
const gather = (...people: readonly Pick<CirclePerson, "member">[]): Promise<void> => circle.gather(...people);

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
    expect(canHear(bob, alice)).toBe(true);
    isSending.set(true);
    await settlePromises();

    expect(canHear(alice, bob)).toBe(true);
  });

  it("keeps its key up when it stops sending for a while", async () => {
    const isSending = signal(true);
    const [alice, bob, carol] = [start("alice", { isSending }), start("bob"), start("carol")];
    await gather(alice, bob, carol);
    isSending.set(false);

    await gather(alice, bob);
    await clock.advance(2_000);

    expect([canHear(bob, alice), canHear(carol, alice)]).toEqual([true, false]);
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

    expect([canHear(alice, carol), canHear(carol, alice)]).toEqual([true, true]);
    expect([canHear(bob, alice), canHear(bob, carol)]).toEqual([false, false]);
  });

  it("is heard by the others without a gap while somebody joins", async () => {
    const [alice, bob, carol] = [start("alice"), start("bob"), start("carol")];
    await gather(alice, bob);
    await clock.advance(60_000);

    void gather(alice, bob, carol);
    for (let turn = 0; turn < 30; turn++) {
      await Promise.resolve();
      expect(canHear(bob, alice)).toBe(true);
    }
    await settlePromises();

    expect(canHear(carol, alice)).toBe(true);
    expect(alice.keys.statistics.get().ownKeyIndex).toBe(1);
  });

  it("suspends sending when a leave cannot be answered in time, and says so", async () => {
    const [alice, bob, carol] = [start("alice"), start("bob"), start("carol")];
    await gather(alice, bob, carol);
    alice.transport.failure = Object.assign(new Error("away"), { retryable: true });
    await gather(alice, bob);

    await clock.advance(5_000);
    expect([alice.sink.senderKey, alice.keys.statistics.get().ownKeyIndex]).toEqual([undefined, undefined]);

    alice.transport.failure = undefined;
    await clock.advance(4_000);
    expect(canHear(bob, alice)).toBe(true);
  });

  it("comes back to a rate-limited homeserver when it says so", async () => {
    const [alice, bob] = [start("alice"), start("bob")];
    alice.transport.failure = Object.assign(new Error("slow down"), { retryAfterMs: 7_000 });
    await gather(alice, bob);
    alice.transport.failure = undefined;

    await clock.advance(6_999);
    expect(canHear(bob, alice)).toBe(false);
    await clock.advance(1);

    expect(canHear(bob, alice)).toBe(true);
  });

  it("reaches a device later that had no keys at first, and counts it until then", async () => {
    const [alice, bob] = [start("alice"), start("bob")];
    alice.transport.unreachable.add("BOBDEV");
    await gather(alice, bob);
    expect(alice.keys.statistics.get().membersWithoutKey).toBe(1);

    alice.transport.unreachable.clear();
    await clock.advance(500);

    expect([canHear(bob, alice), alice.keys.statistics.get().membersWithoutKey]).toEqual([true, 0]);
  });

  it("answers leaves with one key when it is no longer muted, and sends nothing until then", async () => {
    const isQuiet = signal(true);
    const [alice, bob, carol, dave] = [start("alice", { isQuiet }), start("bob"), start("carol"), start("dave")];
    await gather(alice, bob, carol, dave);
    await clock.advance(2_000);
    const before = alice.transport.sent.length;
    await gather(alice, bob, carol);
    await clock.advance(20_000);
    await gather(alice, bob);
    await clock.advance(20_000);
    expect([alice.transport.sent.length, alice.sink.senderKey]).toEqual([before, undefined]);

    isQuiet.set(false);
    await settlePromises();

    expect(canHear(bob, alice)).toBe(true);
    expect(alice.keys.statistics.get().keysCreated).toBe(2);
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
    for (let round = 0; round < 258; round++) {
      await gather(alice, bob);
      await clock.advance(11_000);
      await gather(alice);
    }
    const indices = alice.sink.senderKeys.map((key) => key?.index ?? -1);

    expect(Math.max(...indices)).toBeLessThanOrEqual(255);
    expect(alice.keys.statistics.get().keysCreated).toBeGreaterThan(256);
    await gather(alice, bob);
    expect(canHear(bob, alice)).toBe(true);
  });

  it("counts rejections of its transport by reason", () => {
    const alice = start("alice");

    alice.transport.keyRejected.emit({ reason: "cleartext", from: "@mallory:hs.example" });

    expect(alice.keys.statistics.get().keysRejected.cleartext).toBe(1);
  });

  it("writes no key material into the log", async () => {
    const lines: string[] = [];
    const note = (message: string, fields?: object): void => void lines.push(message + JSON.stringify(fields));
    circle.logger = { error: note, warn: note, info: note, debug: note, child: () => circle.logger };
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

    await circle.end();

    expect(clock.pendingTimers).toBe(0);
  });
});
