import { Scope, silentLogger } from "@conclave/kit";
import { FakeClock, recordEvents, settlePromises } from "@conclave/kit/testing";
import { CALL_EVENTS, type RoomId } from "@conclave/matrix-rtc";
import {
  EventStatus,
  type MatrixClient,
  MatrixEvent,
  MatrixEventEvent,
  type Room,
  RoomEvent,
  TypedEventEmitter,
} from "matrix-js-sdk";
import { EventShieldReason } from "matrix-js-sdk/lib/crypto-api/index.js";
import { describe, expect, onTestFinished, test } from "vitest";

import { EventFeed } from "../http/EventFeed.ts";
import type { DeviceBook } from "./DeviceBook.ts";
import { LiveEvents } from "./LiveEvents.ts";

const ROOM = "!room:hs" as RoomId;
const BOB = "@bob:hs";
const CLEAR = { emoji: "🎉" };

/** An encrypted event that the client reads when the test says so. */
class Sealed extends MatrixEvent {
  isRead = false;

  override getType(): string {
    return this.isRead ? CALL_EVENTS.reaction : super.getType();
  }

  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- as the base class has it
  override getContent<T>(): T {
    return (this.isRead ? CLEAR : super.getContent()) as T;
  }

  override getClearContent(): typeof CLEAR | null {
    return this.isRead ? CLEAR : null;
  }

  override getSenderKey(): string {
    return "key of BOB";
  }
}

function setUp() {
  const [scope, clock] = [new Scope(), new FakeClock()];
  onTestFinished(() => scope.end());
  const emitter = new TypedEventEmitter<string, Record<string, (...facts: unknown[]) => void>>();
  const asked: (string | undefined)[] = [];
  let shieldReason: EventShieldReason | null = null;
  const client = Object.assign(emitter, {
    getCrypto: () => ({ getEncryptionInfoForEvent: () => Promise.resolve({ shieldReason }) }),
    decryptEventIfNeeded(event: MatrixEvent) {
      asked.push(event.getId());
      return Promise.resolve();
    },
  }) as unknown as MatrixClient;
  const devices = {
    findByKey: (userId: string, key: string) =>
      Promise.resolve(key === "key of BOB" && userId === BOB ? "BOB" : undefined),
  } as unknown as DeviceBook;
  const feed = new EventFeed({ clock, logger: silentLogger, scope });
  void new LiveEvents({ client, devices, feed, clock, logger: silentLogger, scope });
  const received = recordEvents(scope, feed.watch(ROOM, scope));
  const room = { roomId: ROOM, getMyMembership: () => membership } as unknown as Room;
  let membership = "join";
  return {
    scope,
    emitter,
    asked,
    received,
    ids: () => received.map(({ eventId }) => eventId),
    leave: () => void (membership = "leave"),
    forge: () => void (shieldReason = EventShieldReason.MISMATCHED_SENDER),
    tell: (event: MatrixEvent, liveEvent = true) => {
      emitter.emit(RoomEvent.Timeline, event, room, !liveEvent, false, { liveEvent });
      return settlePromises();
    },
    echo: (event: MatrixEvent) => {
      emitter.emit(RoomEvent.LocalEchoUpdated, event, room);
      return settlePromises();
    },
    read: (event: Sealed) => {
      event.isRead = true;
      emitter.emit(MatrixEventEvent.Decrypted, event);
      return settlePromises();
    },
  };
}

function wire(event_id: string, type: string, content: object = {}) {
  return { event_id, type, content, room_id: ROOM, sender: BOB, origin_server_ts: 1 };
}

function sealed(eventId: string): Sealed {
  return new Sealed(wire(eventId, "m.room.encrypted", { session_id: "s" }));
}

describe("events of the client's live timeline", () => {
  test("are delivered if they are of calls, and what is of the past is not", async () => {
    const { tell, ids, leave } = setUp();

    await tell(new MatrixEvent(wire("$live", CALL_EVENTS.annotation)));
    await tell(new MatrixEvent(wire("$old", CALL_EVENTS.annotation)), false);
    await tell(new MatrixEvent(wire("$chat", "m.room.message")));
    await tell(new MatrixEvent({ ...wire("$state", CALL_EVENTS.annotation), state_key: "" }));
    leave();
    await tell(new MatrixEvent(wire("$before the join", CALL_EVENTS.annotation)));

    expect(ids()).toEqual(["$live"]);
  });

  test("are delivered in their order when the client can read them, with the device that has the key", async () => {
    const { asked, tell, read, ids, received } = setUp();
    const [first, second] = [sealed("$1"), sealed("$2")];
    await tell(first);
    await tell(second);
    await tell(new MatrixEvent(wire("$3", CALL_EVENTS.annotation)));

    await read(second);
    const before = ids();
    await read(first);

    expect([asked, before, ids()]).toEqual([["$1", "$2"], [], ["$1", "$2", "$3"]]);
    expect(received[0]).toMatchObject({ type: CALL_EVENTS.reaction, content: CLEAR, encryptedBy: "BOB" });
  });

  test("are dropped if somebody else than the sender has encrypted them", async () => {
    const { tell, read, forge, ids } = setUp();
    const event = sealed("$forged");
    await tell(event);
    await tell(new MatrixEvent(wire("$marker", CALL_EVENTS.annotation)));

    forge();
    await read(event);

    expect(ids()).toEqual(["$marker"]);
  });

  test("of the host itself are delivered when they come back", async () => {
    const { tell, echo, ids } = setUp();
    const event = new MatrixEvent(wire("~local", CALL_EVENTS.annotation));
    event.setStatus(EventStatus.SENDING);
    await tell(event);
    event.handleRemoteEcho(wire("$back", CALL_EVENTS.annotation));

    await echo(event);

    expect(ids()).toEqual(["$back"]);
  });
});

test("nothing is left at the client when the scope has ended", async () => {
  const { emitter, scope } = setUp();

  await scope.end();

  expect(emitter.eventNames()).toEqual([]);
});
