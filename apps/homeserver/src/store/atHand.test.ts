import { describe, expect, onTestFinished, test } from "vitest";

import type { RoomEvent } from "../rooms/model.ts";
import { Database } from "./Database.ts";
import { EventStore } from "./EventStore.ts";
import { MemberStore } from "./MemberStore.ts";

const ROOM = "!room:localhost";
const ALICE = "@alice:localhost";
const BOB = "@bob:localhost";

function setUp() {
  const db = new Database(":memory:");
  onTestFinished(() => db.close());
  const events = new EventStore(db);
  const members = new MemberStore(db);
  const add = (name: string, stateKey?: string): RoomEvent => {
    const pos = db.nextPosition();
    const event: RoomEvent = {
      pos,
      eventId: `$${name}`,
      roomId: ROOM,
      type: stateKey === undefined ? "m.room.message" : "m.room.topic",
      stateKey,
      sender: ALICE,
      originTsMs: 1,
      content: { name },
      prevPos: undefined,
      redacts: undefined,
      redactedBy: undefined,
      stickyMs: undefined,
      stickyUntilMs: undefined,
      deviceId: undefined,
      txnId: undefined,
      delayId: undefined,
    };
    events.insert(event);
    return event;
  };
  return { db, events, members, add };
}

function namesOf(list: readonly RoomEvent[]): unknown[] {
  return list.map(({ content }) => content["name"]);
}

class Undo extends Error {}

function undone(db: Database, work: () => void): void {
  expect(() =>
    db.write(() => {
      work();
      throw new Undo();
    }),
  ).toThrow(Undo);
}

describe("what is kept at hand", () => {
  test("of events is gone with a transaction that was undone: another event has the position then", () => {
    const { db, events, add } = setUp();
    let pos = 0;

    undone(db, () => {
      pos = add("never").pos;
      events.byPos(pos);
    });
    const second = db.write(() => add("second"));

    expect(second.pos).toBe(pos);
    expect(events.byPos(pos)?.content).toEqual({ name: "second" });
  });

  test("of an event is what redaction has left of it", () => {
    const { db, events, add } = setUp();
    const event = db.write(() => add("secret"));
    events.byPos(event.pos);

    db.write(() => events.redact(event, {}, "$redaction"));

    expect(events.byId(ROOM, event.eventId)).toMatchObject({ content: {}, redactedBy: "$redaction" });
  });

  test("of members follows each change, and is what it was if the change is undone", () => {
    const { db, members } = setUp();
    db.write(() => members.set(ROOM, ALICE, "join", db.nextPosition()));
    const first = members.users(ROOM, "join");

    undone(db, () => {
      members.set(ROOM, BOB, "join", db.nextPosition());
      members.users(ROOM, "join");
    });
    const afterUndo = members.users(ROOM, "join");
    db.write(() => members.set(ROOM, BOB, "join", db.nextPosition()));
    const second = members.users(ROOM, "join");
    const isSharing = [members.sharing(ALICE)(BOB), members.sharing(ALICE)("@carol:localhost")];
    db.write(() => members.set(ROOM, ALICE, "leave", db.nextPosition()));

    expect([first, afterUndo, second]).toEqual([[ALICE], [ALICE], [ALICE, BOB]]);
    expect(isSharing).toEqual([true, false]);
    expect([members.users(ROOM, "join"), members.count(ROOM, "leave")]).toEqual([[BOB], 1]);
  });
});

test("the state of a stretch is each key's newest value in it, in order, however many it has had", () => {
  const { db, events, add } = setUp();
  const before = db.write(() => add("before", "a"));
  db.write(() => ["a1", "said", "b1", "a2"].forEach((name) => add(name, name === "said" ? undefined : name[0])));
  const end = db.position;
  db.write(() => add("later", "b"));

  expect(namesOf(events.stateBetween(ROOM, before.pos, end))).toEqual(["b1", "a2"]);
  expect(namesOf(events.stateBetween(ROOM, 0, end))).toEqual(["b1", "a2"]);
  expect(events.stateBetween(ROOM, end + 1, db.position)).toEqual([]);
});
