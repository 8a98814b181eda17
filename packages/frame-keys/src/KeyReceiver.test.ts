import { FakeClock } from "@conclave/kit/testing";
import type { DeviceId, EventId, RtcMember, UserId } from "@conclave/matrix-rtc";
import { beforeEach, describe, expect, it } from "vitest";

import { EARLY_KEY_LIFETIME_MS, MAX_EARLY_KEYS, MAX_EARLY_KEYS_PER_DEVICE } from "./EarlyKeys.ts";
import { DEPARTED_KEY_LIFETIME_MS, KeyReceiver } from "./KeyReceiver.ts";
import type { KeyRejection, ReceivedKey } from "./ports.ts";
import { RecordingSink } from "./testing/RecordingSink.ts";

let clock: FakeClock;
let sink: RecordingSink;
let rejections: KeyRejection[];
let installed: number;
let receiver: KeyReceiver;

beforeEach(() => {
  clock = new FakeClock();
  sink = new RecordingSink();
  rejections = [];
  installed = 0;
  receiver = new KeyReceiver({
    sink,
    clock,
    rejected: (reason) => void rejections.push(reason),
    installed: () => void installed++,
    holds: () => {},
  });
});

function address(name: string) {
  return { userId: `@${name}:hs.example` as UserId, deviceId: `${name.toUpperCase()}DEV` as DeviceId };
}

function member(name: string, memberId: string = `member-${name}`): RtcMember {
  return {
    ...address(name),
    memberId,
    joinedAtMs: 0,
    eventId: "$e" as EventId,
    sfuIdentities: [],
    transport: undefined,
    intent: undefined,
    displayName: undefined,
  };
}

function keyFrom(
  name: string,
  part: Partial<ReceivedKey> & { readonly index?: number; readonly fill?: number } = {},
): ReceivedKey {
  const { index = 0, fill = 1, ...rest } = part;
  const bytes = new Uint8Array(16).fill(fill);
  return { from: address(name), memberId: `member-${name}`, key: { index, bytes }, sentAtMs: 100, ...rest };
}

function held(memberId: string): Readonly<Record<number, string>> {
  return Object.fromEntries(sink.receiverKeys.get(memberId) ?? []);
}

const ones = "01".repeat(16);
const twos = "02".repeat(16);

describe("KeyReceiver", () => {
  it("installs the key of a member at once", () => {
    receiver.noteMembers([member("bob")]);

    receiver.receive(keyFrom("bob", { index: 3 }));

    expect([held("member-bob"), installed]).toEqual([{ 3: ones }, 1]);
  });

  it("keeps a key that is ahead of its member event until that arrives", () => {
    receiver.receive(keyFrom("bob"));
    expect(held("member-bob")).toEqual({});

    receiver.noteMembers([member("bob")]);

    expect(held("member-bob")).toEqual({ 0: ones });
  });

  it("does not install a key under another device's member id", () => {
    receiver.noteMembers([member("bob"), member("mallory")]);

    receiver.receive(keyFrom("mallory", { memberId: "member-bob" }));

    expect([held("member-bob"), held("member-mallory")]).toEqual([{}, {}]);
  });

  it("rejects what no member event ever claims", async () => {
    receiver.receive(keyFrom("mallory"));

    await clock.advance(EARLY_KEY_LIFETIME_MS);

    expect(rejections).toEqual(["not_a_member"]);
  });

  it("holds few early keys per device", () => {
    for (let index = 0; index <= MAX_EARLY_KEYS_PER_DEVICE; index++) receiver.receive(keyFrom("mallory", { index }));

    expect(rejections).toEqual(["buffer_full"]);
  });

  it("holds a bounded number of early keys in all", () => {
    for (let index = 0; index <= MAX_EARLY_KEYS; index++) receiver.receive(keyFrom(`mallory${index}`));

    expect(rejections).toEqual(["buffer_full"]);
  });

  it("never goes back to an older key at one index", () => {
    receiver.noteMembers([member("bob")]);
    receiver.receive(keyFrom("bob", { sentAtMs: 200, fill: 2 }));

    receiver.receive(keyFrom("bob", { sentAtMs: 100, fill: 1 }));

    expect([held("member-bob"), rejections]).toEqual([{ 0: twos }, ["out_of_date"]]);
  });

  it("keeps an older index valid beside a newer one", () => {
    receiver.noteMembers([member("bob")]);
    receiver.receive(keyFrom("bob", { index: 1, sentAtMs: 200, fill: 2 }));

    receiver.receive(keyFrom("bob", { index: 0, sentAtMs: 100, fill: 1 }));

    expect(held("member-bob")).toEqual({ 0: ones, 1: twos });
  });

  it("replaces the key of an index when its sender starts again", () => {
    receiver.noteMembers([member("bob")]);
    receiver.receive(keyFrom("bob", { sentAtMs: 100 }));

    receiver.receive(keyFrom("bob", { sentAtMs: 9_000, fill: 2 }));

    expect(held("member-bob")).toEqual({ 0: twos });
  });

  it("does not install the same key twice", () => {
    receiver.noteMembers([member("bob")]);
    receiver.receive(keyFrom("bob", { sentAtMs: 100 }));

    receiver.receive(keyFrom("bob", { sentAtMs: 200 }));

    expect([installed, rejections]).toEqual([1, []]);
  });

  it("forgets the keys of somebody who stays away", async () => {
    receiver.noteMembers([member("bob")]);
    receiver.receive(keyFrom("bob"));
    receiver.noteMembers([]);

    await clock.advance(DEPARTED_KEY_LIFETIME_MS);

    expect(sink.forgotten).toEqual(["member-bob"]);
  });

  it("keeps the keys of somebody who comes back soon", async () => {
    receiver.noteMembers([member("bob")]);
    receiver.receive(keyFrom("bob"));
    receiver.noteMembers([]);
    await clock.advance(DEPARTED_KEY_LIFETIME_MS - 1);

    receiver.noteMembers([member("bob")]);
    await clock.advance(DEPARTED_KEY_LIFETIME_MS);

    expect([held("member-bob"), sink.forgotten]).toEqual([{ 0: ones }, []]);
  });

  it("forgets at once when a member id passes to another device", () => {
    receiver.noteMembers([member("bob", "shared")]);
    receiver.receive(keyFrom("bob", { memberId: "shared" }));

    receiver.noteMembers([member("mallory", "shared")]);

    expect([held("shared"), sink.forgotten]).toEqual([{}, ["shared"]]);
  });

  it("leaves no timer behind", () => {
    receiver.noteMembers([member("bob")]);
    receiver.receive(keyFrom("bob"));
    receiver.receive(keyFrom("carol"));
    receiver.noteMembers([]);

    receiver.clear();

    expect(clock.pendingTimers).toBe(0);
  });
});
