import { FakeClock } from "@conclave/kit/testing";
import type { EventId, RoomEvent, UserId } from "@conclave/matrix-rtc";
import { describe, expect, test } from "vitest";

import { OrderedEvents } from "./OrderedEvents.ts";

const HOLD_MS = 2000;

function eventOf(eventId: string, more: Partial<RoomEvent> = {}): RoomEvent {
  return {
    type: "t",
    eventId: eventId as EventId,
    sender: "@alice:hs.example" as UserId,
    originServerTsMs: 1,
    content: {},
    ...more,
  };
}

function setUp() {
  const clock = new FakeClock();
  const delivered: string[] = [];
  const ordered = new OrderedEvents(clock, ({ eventId }) => void delivered.push(eventId));
  const add = (eventId: string, more?: Partial<RoomEvent>): void => ordered.add(eventOf(eventId, more));
  const addUnread = (eventId: string, sessionId = "session"): void => ordered.addUnread(eventId as EventId, sessionId);
  const read = (eventId: string): void => ordered.resolve(eventId as EventId, eventOf(eventId));
  const discard = (eventId: string): void => ordered.resolve(eventId as EventId, undefined);
  const awaits = (eventId: string): boolean => ordered.awaits(eventId as EventId);
  return { clock, delivered, ordered, add, addUnread, read, discard, awaits };
}

describe("events of a room", () => {
  test("keep their order while some are decrypted", () => {
    const { delivered, add, addUnread, read } = setUp();
    addUnread("$1");
    add("$2");
    addUnread("$3");

    read("$3");
    const before = [...delivered];
    read("$1");

    expect(before).toEqual([]);
    expect(delivered).toEqual(["$1", "$2", "$3"]);
  });

  test("come once, however often they are told or read", () => {
    const { delivered, add, addUnread, read } = setUp();
    addUnread("$1");
    read("$1");
    read("$1");
    addUnread("$1");
    add("$2");
    add("$2");

    expect(delivered).toEqual(["$1", "$2"]);
  });

  test("do not wait for one that nobody wants", () => {
    const { delivered, add, addUnread, discard } = setUp();
    addUnread("$1");
    add("$2");

    discard("$1");

    expect(delivered).toEqual(["$2"]);
  });

  test("do not wait for one that is redacted before it can be read", () => {
    const { delivered, add, addUnread, read } = setUp();
    addUnread("$1");
    add("$2", { redacts: "$1" as EventId });

    read("$1");

    expect(delivered).toEqual(["$2"]);
  });
});

describe("an event that cannot be read", () => {
  test("holds the others up for two seconds and comes when it can be read", async () => {
    const { clock, delivered, add, addUnread, read, awaits } = setUp();
    addUnread("$1");
    add("$2");

    await clock.advance(HOLD_MS - 1);
    const before = [...delivered];
    await clock.advance(1);
    const after = [...delivered];
    const isAwaited = awaits("$1");
    read("$1");

    expect([before, after, isAwaited]).toEqual([[], ["$2"], true]);
    expect(delivered).toEqual(["$2", "$1"]);
  });

  test("does not hold the others up if its session has done so before, until something of it can be read", async () => {
    const { clock, delivered, add, addUnread, read } = setUp();
    addUnread("$1");
    await clock.advance(HOLD_MS);

    addUnread("$2");
    add("$3");
    const whileUnread = [...delivered];
    read("$2");
    addUnread("$4");
    add("$5");

    expect(whileUnread).toEqual(["$3"]);
    expect(delivered).toEqual(["$3", "$2"]);
  });

  test("gives way when too many wait behind it", () => {
    const { delivered, add, addUnread } = setUp();
    addUnread("$0");

    for (let n = 1; n <= 200; n++) add(`$${n}`);

    expect(delivered).toHaveLength(200);
  });

  test("is forgotten when too many others cannot be read either", async () => {
    const { clock, awaits, addUnread } = setUp();
    addUnread("$0");
    await clock.advance(HOLD_MS);

    for (let n = 1; n <= 200; n++) addUnread(`$${n}`);

    expect([awaits("$0"), awaits("$1"), awaits("$200")]).toEqual([false, true, true]);
  });

  test("leaves no timer behind", () => {
    const { clock, ordered, addUnread } = setUp();
    addUnread("$1");
    const during = clock.pendingTimers;

    ordered.close();

    expect([during, clock.pendingTimers]).toEqual([1, 0]);
  });
});
