import { Scope, silentLogger } from "@conclave/kit";
import { FakeClock, recordEvents } from "@conclave/kit/testing";
import { CALL_EVENTS, type RoomId } from "@conclave/matrix-rtc";
import { describe, expect, onTestFinished, test } from "vitest";

import { EventFeed } from "./EventFeed.ts";
import { type SyncEvent, tryParseEvent } from "./parseSync.ts";

const ROOM = "!room:hs.example" as RoomId;

function setUp() {
  const [scope, clock] = [new Scope(), new FakeClock()];
  onTestFinished(() => scope.end());
  const feed = new EventFeed({ clock, logger: silentLogger, scope });
  const watching = new Scope();
  const received = recordEvents(watching, feed.watch(ROOM, watching));
  return { clock, feed, watching, scope, received, ids: () => received.map(({ eventId }) => eventId) };
}

function eventOf(eventId: string, type: string = CALL_EVENTS.annotation, more: object = {}): SyncEvent {
  const raw = { type, event_id: eventId, sender: "@alice:hs.example", origin_server_ts: 1, content: {}, ...more };
  const event = tryParseEvent(raw);
  if (!event) throw new Error("malformed");
  return event;
}

describe("a feed", () => {
  test("says how long a sticky event stays", () => {
    const { feed, received } = setUp();
    const sticky = { msc4354_sticky: { duration_ms: 60_000 }, unsigned: { msc4354_sticky_duration_ttl_ms: 5000 } };

    feed.take(ROOM, [eventOf("$1", CALL_EVENTS.notification, sticky)]);

    expect(received[0]?.stickyForMs).toBe(5000);
  });

  test("does not wait for an encrypted event that a redaction has emptied", () => {
    const { feed, ids } = setUp();

    feed.take(ROOM, [eventOf("$1", "m.room.encrypted", { unsigned: { redacted_because: {} } }), eventOf("$2")]);

    expect(ids()).toEqual(["$2"]);
  });

  test("says nothing of a type that no call has, and goes on", () => {
    const { feed, ids } = setUp();
    feed.take(ROOM, [eventOf("$1", "m.room.encrypted"), eventOf("$2")]);

    feed.resolve(ROOM, eventOf("$1", "m.room.message"));

    expect(ids()).toEqual(["$2"]);
  });

  test("takes what follows the last event that it knows when it has to catch up", () => {
    const { feed, ids } = setUp();
    feed.take(ROOM, [eventOf("$2")]);

    feed.catchUp(ROOM, [eventOf("$1"), eventOf("$2"), eventOf("$3")]);
    feed.catchUp(ROOM, [eventOf("$8"), eventOf("$9")]);

    expect(ids()).toEqual(["$2", "$3", "$8", "$9"]);
  });

  test("takes nothing when it has to catch up with what it has never seen", () => {
    const { feed, ids } = setUp();

    feed.catchUp(ROOM, [eventOf("$1")]);
    feed.catchUp(ROOM, [eventOf("$1"), eventOf("$2")]);

    expect(ids()).toEqual(["$2"]);
  });

  test("keeps nothing of a room that nobody watches any more, and no timer", async () => {
    const { clock, feed, watching, ids } = setUp();
    feed.take(ROOM, [eventOf("$1", "m.room.encrypted")]);

    await watching.end();
    feed.take(ROOM, [eventOf("$2")]);

    expect([feed.isWatched(ROOM), feed.awaits(ROOM, eventOf("$1").eventId), clock.pendingTimers, ids()]).toEqual([
      false,
      false,
      0,
      [],
    ]);
  });

  test("ends with the session", async () => {
    const { clock, feed, scope } = setUp();
    feed.take(ROOM, [eventOf("$1", "m.room.encrypted")]);

    await scope.end();

    expect([feed.isWatched(ROOM), clock.pendingTimers]).toEqual([false, 0]);
  });
});
