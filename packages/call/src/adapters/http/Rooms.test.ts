import { Scope } from "@conclave/kit";
import { FakeClock } from "@conclave/kit/testing";
import type { RoomId } from "@conclave/matrix-rtc";
import { describe, expect, onTestFinished, test } from "vitest";

import { parseSync } from "./parseSync.ts";
import { Rooms } from "./Rooms.ts";

const ROOM = "!room:hs.example" as RoomId;
const CALL_MEMBER = "org.matrix.msc3401.call.member";
const RTC_MEMBER = "org.matrix.msc4143.rtc.member";
let nextId = 0;

function setUp() {
  const scope = new Scope();
  onTestFinished(() => scope.end());
  const clock = new FakeClock();
  const rooms = new Rooms(clock, scope);
  const room = rooms.watch(ROOM, scope);
  const apply = (joined: object): void =>
    rooms.apply(parseSync({ next_batch: "s", rooms: { join: { [ROOM]: joined } } }));
  const leave = (): void => rooms.apply(parseSync({ next_batch: "s", rooms: { leave: { [ROOM]: {} } } }));
  return { rooms, room, clock, scope, apply, leave };
}

function event(type: string, content: object, more: object = {}): object {
  return {
    type,
    event_id: `$${nextId++}`,
    sender: "@alice:hs.example",
    origin_server_ts: Date.UTC(2026, 10, 1),
    content,
    ...more,
  };
}

function state(type: string, stateKey: string, content: object): object {
  return event(type, content, { state_key: stateKey });
}

function stateSection(...events: object[]): object {
  return { state: { events } };
}

function sticky(key: string, ttlMs: number, content: object = {}, more: object = {}): object {
  return event(
    RTC_MEMBER,
    { msc4354_sticky_key: key, ...content },
    { msc4354_sticky: { duration_ms: 60_000 }, unsigned: { msc4354_sticky_duration_ttl_ms: ttlMs }, ...more },
  );
}

describe("a room", () => {
  test("is unknown until it has arrived", () => {
    const { room, apply } = setUp();
    const before = room.get();

    apply(stateSection(state("m.room.create", "", { room_version: "12" })));

    expect(before).toBeUndefined();
    expect(room.get()?.roomVersion).toBe("12");
  });

  test("shows its name, its members and its call members", () => {
    const { room, apply } = setUp();

    apply(
      stateSection(
        state("m.room.name", "", { name: "Standup" }),
        state("m.room.member", "@alice:hs.example", { membership: "join", displayname: "Alice" }),
        state("m.room.member", "@bob:hs.example", { membership: "leave" }),
        state(CALL_MEMBER, "_@alice:hs.example_A_m.call", { application: "m.call" }),
      ),
    );

    const view = room.get();
    expect(view?.name).toBe("Standup");
    expect(Array.from(view?.joined ?? [])).toEqual([["@alice:hs.example", { displayName: "Alice" }]]);
    expect(view?.callMembers.map(({ stateKey }) => stateKey)).toEqual(["_@alice:hs.example_A_m.call"]);
  });

  test("stays encrypted once it was, whatever comes later", () => {
    const { room, apply } = setUp();
    apply(stateSection(state("m.room.encryption", "", { algorithm: "m.megolm.v1.aes-sha2" })));

    apply(stateSection(state("m.room.encryption", "", {})));

    expect(room.get()?.isEncrypted).toBe(true);
  });

  test("is a fresh object for each change and the same one without a change", () => {
    const { room, apply } = setUp();
    const name = state("m.room.name", "", { name: "One" });
    apply(stateSection(name));
    const first = room.get();

    apply(stateSection(name));
    const second = room.get();
    apply(stateSection(state("m.room.name", "", { name: "Two" })));

    expect(second).toBe(first);
    expect(room.get()).not.toBe(first);
  });

  test("is unknown again when it was left, and starts anew when it is joined again", () => {
    const { room, apply, leave } = setUp();
    apply(stateSection(state(CALL_MEMBER, "old", {})));

    leave();
    const afterLeave = room.get();
    apply(stateSection(state("m.room.name", "", { name: "Back" })));

    expect(afterLeave).toBeUndefined();
    expect(room.get()?.callMembers).toEqual([]);
  });
});

describe("sticky members", () => {
  test("end when their time is over, by a timer of their own", async () => {
    const { room, apply, clock } = setUp();
    apply({ msc4354_sticky: { events: [sticky("a", 5000), sticky("b", 9000)] } });

    const both = room.get()?.stickyMembers.length;
    await clock.advance(5000);
    const one = room.get()?.stickyMembers.length;
    await clock.advance(4000);

    expect([both, one, room.get()?.stickyMembers.length]).toEqual([2, 1, 0]);
  });

  test("are replaced by a newer event with the same sender and key", () => {
    const { room, apply } = setUp();
    const older = sticky("a", 5000, { n: 1 });
    const newer = sticky("a", 5000, { n: 2 }, { origin_server_ts: Date.UTC(2026, 10, 1) + 5 });

    apply({ timeline: { events: [newer, older] } });

    expect(room.get()?.stickyMembers.map(({ content }) => content)).toEqual([{ msc4354_sticky_key: "a", n: 2 }]);
  });

  test("come back to the older event when the newer one is redacted", () => {
    const { room, apply } = setUp();
    const older = sticky("a", 5000, { n: 1 });
    const newer = sticky("a", 5000, { n: 2 }, { origin_server_ts: Date.UTC(2026, 10, 1) + 5, event_id: "$newer" });
    apply({ timeline: { events: [older, newer] } });

    apply({ timeline: { events: [event("m.room.redaction", {}, { redacts: "$newer" })] } });

    expect(room.get()?.stickyMembers.map(({ content }) => content)).toEqual([{ msc4354_sticky_key: "a", n: 1 }]);
  });

  test("never last longer than an hour, whatever the sender says", async () => {
    const { room, apply, clock } = setUp();
    apply({ timeline: { events: [sticky("a", 1e12, {}, { unsigned: { msc4354_sticky_duration_ttl_ms: 1e12 } })] } });

    await clock.advance(3_600_000);

    expect(room.get()?.stickyMembers).toEqual([]);
  });

  test("leave no timer behind when the session ends", async () => {
    const { apply, clock, scope } = setUp();
    apply({ msc4354_sticky: { events: [sticky("a", 5000)] } });

    await scope.end();

    expect(clock.pendingTimers).toBe(0);
  });
});

test("a dropped room keeps nothing but what its holders saw last", () => {
  const { apply, clock, room, rooms, scope } = setUp();
  apply({ msc4354_sticky: { events: [sticky("a", 5000)] } });

  rooms.drop(ROOM);

  expect(room.get()?.stickyMembers).toHaveLength(1);
  expect(rooms.watch(ROOM, scope).get()).toBeUndefined();
  expect(clock.pendingTimers).toBe(0);
});
