import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { PATIENCE_MS } from "./sync.ts";
import { at, list, TestServer, type Body, type TestUser } from "../testing/TestServer.ts";

let server: TestServer;
let alice: TestUser;
let bob: TestUser;

beforeEach(async () => {
  server = new TestServer();
  alice = await server.register("alice");
  bob = await server.register("bob");
});

afterEach(() => server.close());

const inline = (filter: object): string => JSON.stringify(filter);
const types = (events: readonly Body[]): unknown[] => events.map((event) => event["type"]);
const bodies = (events: readonly Body[]): unknown[] => events.map((event) => at(event, "content", "body"));
const timeline = (answer: Body, roomId: string): readonly Body[] =>
  list(answer, "rooms", "join", roomId, "timeline", "events");
const state = (answer: Body, roomId: string, key = "state"): readonly Body[] =>
  list(answer, "rooms", "join", roomId, key, "events");

describe("long polling", () => {
  test("answers in the moment of a write, without a clock tick", async () => {
    const roomId = await server.room(alice, [bob]);
    const { next_batch: since } = await server.sync(bob);
    const waiting = server.sync(bob, { since: String(since), timeout: "30000" });
    await server.clock.advance(1_000);

    await server.send(alice, roomId, "hello");
    const answer = await waiting;

    expect(bodies(timeline(answer, roomId))).toEqual(["hello"]);
    expect(server.clock.monotonicMs()).toBe(1_000);
  });

  test("lets the echo of an own event wait a moment for what others send", async () => {
    const roomId = await server.room(alice, [bob]);
    const { next_batch: since } = await server.sync(bob);
    const waiting = server.sync(bob, { since: String(since), timeout: "30000" });
    await server.clock.advance(0);

    await server.send(bob, roomId, "hello");
    await server.clock.advance(PATIENCE_MS - 1);
    await server.send(alice, roomId, "hello back");

    expect(bodies(timeline(await waiting, roomId))).toEqual(["hello", "hello back"]);
    expect(server.clock.monotonicMs()).toBe(PATIENCE_MS - 1);
  });

  test("answers with nothing but an own event after that moment", async () => {
    const roomId = await server.room(alice, [bob]);
    const { next_batch: since } = await server.sync(bob);
    const waiting = server.sync(bob, { since: String(since), timeout: "30000" });
    await server.clock.advance(0);

    await server.send(bob, roomId, "hello");
    await server.clock.advance(0);
    await server.clock.advance(PATIENCE_MS);

    expect(bodies(timeline(await waiting, roomId))).toEqual(["hello"]);
  });

  test("answers empty after the timeout and leaves no timer behind", async () => {
    const timersBefore = server.clock.pendingTimers;
    const { next_batch: since } = await server.sync(bob);
    const waiting = server.sync(bob, { since: String(since), timeout: "30000" });

    await server.clock.advance(30_000);
    const answer = await waiting;

    expect(answer["next_batch"]).toBe(since);
    expect(at(answer, "rooms", "join")).toEqual({});
    expect(server.clock.pendingTimers).toBeLessThanOrEqual(timersBefore);
  });

  test("stops waiting when the client hangs up", async () => {
    const { next_batch: since } = await server.sync(bob);
    const hangUp = new AbortController();
    const timersBefore = server.clock.pendingTimers;
    const waiting = server.call("GET", `/sync?since=${String(since)}&timeout=30000`, {
      token: bob.token,
      signal: hangUp.signal,
    });
    await server.clock.advance(0);

    hangUp.abort();
    await waiting;

    expect(server.clock.pendingTimers).toBe(timersBefore);
  });

  test("tells a session that ends while it waits nothing more", async () => {
    const { next_batch: since } = await server.sync(bob);
    const waiting = server.call("GET", `/sync?since=${String(since)}&timeout=30000`, { token: bob.token });
    await server.clock.advance(0);

    await server.ok("POST", "/logout", { token: bob.token });
    const answer = await waiting;

    expect([answer.status, answer.body["errcode"]]).toEqual([401, "M_UNKNOWN_TOKEN"]);
  });

  test("wakes nobody for what does not concern them", async () => {
    const roomId = await server.room(alice);
    const { next_batch: since } = await server.sync(bob);
    let isDone = false;
    const waiting = server.sync(bob, { since: String(since), timeout: "30000" }).finally(() => (isDone = true));

    await server.send(alice, roomId, "alone");
    await server.clock.advance(29_999);
    expect(isDone).toBe(false);

    await server.clock.advance(1);
    expect(at(await waiting, "rooms", "join")).toEqual({});
  });
});

describe("rooms", () => {
  test("come with state before the timeline, which is cut to the limit", async () => {
    const roomId = await server.room(alice, [], { name: "Standup" });
    for (const text of ["1", "2", "3"]) await server.send(alice, roomId, text);

    const answer = await server.sync(alice, { filter: inline({ room: { timeline: { limit: 2 } } }) });

    expect(bodies(timeline(answer, roomId))).toEqual(["2", "3"]);
    expect(at(answer, "rooms", "join", roomId, "timeline", "limited")).toBe(true);
    expect(types(state(answer, roomId))).toContain("m.room.create");
    expect(types(state(answer, roomId))).toContain("m.room.name");
  });

  test("after a gap tell the state that changed in it, and prev_batch leads to what was left out", async () => {
    const roomId = await server.room(alice);
    const { next_batch: since } = await server.sync(alice);
    const put = (name: string): Promise<Body> =>
      server.ok("PUT", `/rooms/${roomId}/state/m.room.name`, { token: alice.token, body: { name } });
    await put("one");
    await put("two");
    for (let n = 0; n < 12; n++) await server.send(alice, roomId, String(n));

    const answer = await server.sync(alice, { since: String(since) });
    const from = String(at(answer, "rooms", "join", roomId, "timeline", "prev_batch"));
    const before = await server.ok("GET", `/rooms/${roomId}/messages?dir=b&limit=3&from=${from}`, {
      token: alice.token,
    });

    expect(state(answer, roomId).map((event) => event["content"])).toEqual([{ name: "two" }]);
    expect(at(answer, "rooms", "join", roomId, "timeline", "limited")).toBe(true);
    expect(bodies(timeline(answer, roomId))[0]).toBe("2");
    expect(bodies(list(before, "chunk"))).toEqual(["1", "0", undefined]);
  });

  test("with state_after tell the state at the end of the timeline instead", async () => {
    const roomId = await server.room(alice);
    const { next_batch: since } = await server.sync(alice);
    await server.ok("PUT", `/rooms/${roomId}/state/m.room.name`, { token: alice.token, body: { name: "new" } });

    const answer = await server.sync(alice, { since: String(since), "org.matrix.msc4222.use_state_after": "true" });

    expect(state(answer, roomId, "org.matrix.msc4222.state_after").map((event) => event["content"])).toEqual([
      { name: "new" },
    ]);
    expect(at(answer, "rooms", "join", roomId, "state")).toBeUndefined();
    expect(types(timeline(answer, roomId))).toEqual(["m.room.name"]);
  });

  test("that are joined later come whole, whatever since says", async () => {
    const roomId = await server.room(alice, [], { name: "Standup" });
    const { next_batch: since } = await server.sync(bob);
    await server.ok("POST", `/join/${roomId}`, { token: bob.token, body: {} });

    const answer = await server.sync(bob, {
      since: String(since),
      filter: inline({ room: { timeline: { limit: 1 } } }),
    });

    expect(timeline(answer, roomId).map((event) => event["state_key"])).toEqual([bob.userId]);
    expect(types(state(answer, roomId))).toContain("m.room.name");
  });

  test("load members lazily: those who speak, and the reader", async () => {
    const carol = await server.register("carol");
    const roomId = await server.room(alice, [bob, carol]);
    for (let n = 0; n < 3; n++) await server.send(carol, roomId, String(n));

    const filter = inline({ room: { timeline: { limit: 2 }, state: { lazy_load_members: true } } });
    const answer = await server.sync(bob, { filter });
    const members = state(answer, roomId).filter((event) => event["type"] === "m.room.member");

    expect(new Set(members.map((event) => event["state_key"]))).toEqual(new Set([bob.userId, carol.userId]));
    expect(at(answer, "rooms", "join", roomId, "summary", "m.joined_member_count")).toBe(3);
  });

  test("repeat everything with full_state", async () => {
    const roomId = await server.room(alice, [], { name: "Standup" });
    const { next_batch: since } = await server.sync(alice);

    const answer = await server.sync(alice, { since: String(since), full_state: "true", timeout: "30000" });

    expect(types(state(answer, roomId))).toContain("m.room.name");
    expect(timeline(answer, roomId)).toEqual([]);
  });

  test("tell state that a timeline filter keeps out of the timeline", async () => {
    const roomId = await server.room(alice);
    const { next_batch: since } = await server.sync(alice);
    await server.ok("PUT", `/rooms/${roomId}/state/m.room.name`, { token: alice.token, body: { name: "new" } });

    const filter = inline({ room: { timeline: { types: ["m.room.message"] } } });
    const answer = await server.sync(alice, { since: String(since), filter });

    expect(timeline(answer, roomId)).toEqual([]);
    expect(types(state(answer, roomId))).toEqual(["m.room.name"]);
  });

  test("show the transaction id to the sending device only", async () => {
    const roomId = await server.room(alice, [bob]);
    await server.ok("PUT", `/rooms/${roomId}/send/m.room.message/mine`, { token: alice.token, body: { body: "x" } });

    const own = timeline(await server.sync(alice), roomId).at(-1);
    const other = timeline(await server.sync(bob), roomId).at(-1);

    expect(at(own, "unsigned", "transaction_id")).toBe("mine");
    expect(at(other, "unsigned", "transaction_id")).toBeUndefined();
  });
});

describe("rooms one is not in", () => {
  test("an invite brings stripped state", async () => {
    const { next_batch: since } = await server.sync(bob);
    const roomId = await server.room(alice, [], { preset: "private_chat", name: "Secret", invite: [bob.userId] });

    const answer = await server.sync(bob, { since: String(since) });
    const events = list(answer, "rooms", "invite", roomId, "invite_state", "events");

    expect(types(events)).toEqual(expect.arrayContaining(["m.room.create", "m.room.name", "m.room.member"]));
    expect(Object.keys(events[0] ?? {}).sort()).toEqual(["content", "sender", "state_key", "type"]);
    expect(at(answer, "rooms", "join")).toEqual({});
  });

  test("a kick arrives once, with nothing that came after it", async () => {
    const roomId = await server.room(alice, [bob]);
    const { next_batch: since } = await server.sync(bob);
    await server.ok("POST", `/rooms/${roomId}/kick`, { token: alice.token, body: { user_id: bob.userId } });
    await server.send(alice, roomId, "about bob");

    const answer = await server.sync(bob, { since: String(since) });
    const next = await server.sync(bob, { since: String(answer["next_batch"]) });

    expect(list(answer, "rooms", "leave", roomId, "timeline", "events").map((event) => event["content"])).toEqual([
      { membership: "leave" },
    ]);
    expect(at(next, "rooms", "leave")).toEqual({});
    expect(at(await server.sync(bob), "rooms", "leave")).toEqual({});
  });
});

describe("everything else", () => {
  test("account data arrives on the user's devices, in its room where it has one", async () => {
    const roomId = await server.room(bob);
    const { next_batch: since } = await server.sync(bob);
    const waiting = server.sync(bob, { since: String(since), timeout: "30000" });
    await server.ok("PUT", `/user/${bob.userId}/account_data/org.example`, { token: bob.token, body: { a: 1 } });
    const global = await waiting;
    await server.ok("PUT", `/user/${bob.userId}/rooms/${roomId}/account_data/m.tag`, {
      token: bob.token,
      body: { tags: {} },
    });
    const inRoom = await server.sync(bob, { since: String(global["next_batch"]) });

    expect(list(global, "account_data", "events")).toEqual([{ type: "org.example", content: { a: 1 } }]);
    expect(list(inRoom, "rooms", "join", roomId, "account_data", "events")).toEqual([
      { type: "m.tag", content: { tags: {} } },
    ]);
  });

  test("typing and receipts arrive as ephemeral events", async () => {
    const roomId = await server.room(alice, [bob]);
    const eventId = await server.send(alice, roomId, "hello");
    const { next_batch: since } = await server.sync(alice);
    await server.ok("PUT", `/rooms/${roomId}/typing/${bob.userId}`, {
      token: bob.token,
      body: { typing: true, timeout: 5_000 },
    });
    await server.ok("POST", `/rooms/${roomId}/receipt/m.read/${eventId}`, { token: bob.token, body: {} });
    const answer = await server.sync(alice, { since: String(since) });
    await server.clock.advance(5_000);
    const later = await server.sync(alice, { since: String(answer["next_batch"]) });

    const ephemeral = (body: Body): readonly Body[] => list(body, "rooms", "join", roomId, "ephemeral", "events");
    expect(ephemeral(answer)[0]).toEqual({ type: "m.typing", content: { user_ids: [bob.userId] } });
    expect(at(ephemeral(answer)[1], "content", eventId, "m.read", bob.userId, "ts")).toBe(server.clock.nowMs() - 5_000);
    expect(ephemeral(later)).toEqual([{ type: "m.typing", content: { user_ids: [] } }]);
  });

  test("stored filters are found again and used", async () => {
    const roomId = await server.room(alice);
    for (const text of ["1", "2", "3"]) await server.send(alice, roomId, text);
    const path = `/user/${alice.userId}/filter`;
    const { filter_id: filter } = await server.ok("POST", path, {
      token: alice.token,
      body: { room: { timeline: { limit: 1 } } },
    });

    const stored = await server.ok("GET", `${path}/${String(filter)}`, { token: alice.token });
    const answer = await server.sync(alice, { filter: String(filter) });

    expect(stored).toEqual({ room: { timeline: { limit: 1 } } });
    expect(bodies(timeline(answer, roomId))).toEqual(["3"]);
  });
});
