import { afterEach, beforeEach, expect, test } from "vitest";

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

const bodies = (events: readonly Body[]): unknown[] => events.map((event) => at(event, "content", "body"));

test("pages forwards and backwards over the same events", async () => {
  const roomId = await server.room(alice);
  for (let n = 0; n < 5; n++) await server.send(alice, roomId, String(n));
  const read = (query: string): Promise<Body> =>
    server.ok("GET", `/rooms/${roomId}/messages?filter={"types":["m.room.message"]}&${query}`, { token: alice.token });

  const newest = await read("dir=b&limit=2");
  const older = await read(`dir=b&limit=2&from=${String(newest["end"])}`);
  const oldest = await read(`dir=b&limit=2&from=${String(older["end"])}`);
  const forwards = await read(`dir=f&limit=10&from=${String(older["end"])}`);

  expect([newest, older, oldest].map((page) => bodies(list(page, "chunk")))).toEqual([["4", "3"], ["2", "1"], ["0"]]);
  expect(oldest["end"]).toBeUndefined();
  expect(bodies(list(forwards, "chunk"))).toEqual(["1", "2", "3", "4"]);
});

test("hides what was said before joining where history says so", async () => {
  const roomId = await server.room(alice, [], {
    initial_state: [{ type: "m.room.history_visibility", content: { history_visibility: "joined" } }],
  });
  const before = await server.send(alice, roomId, "before");
  await server.ok("POST", `/join/${roomId}`, { token: bob.token, body: {} });
  await server.send(alice, roomId, "after");

  const synced = await server.sync(bob);
  const direct = await server.call("GET", `/rooms/${roomId}/event/${before}`, { token: bob.token });

  const texts = bodies(list(synced, "rooms", "join", roomId, "timeline", "events"));
  expect(texts).toContain("after");
  expect(texts).not.toContain("before");
  expect(direct.status).toBe(404);
});

test("context shows both sides of an event", async () => {
  const roomId = await server.room(alice);
  const ids: string[] = [];
  for (let n = 0; n < 5; n++) ids.push(await server.send(alice, roomId, String(n)));

  const context = await server.ok("GET", `/rooms/${roomId}/context/${ids[2] ?? ""}?limit=2`, { token: alice.token });

  expect(at(context, "event", "content", "body")).toBe("2");
  expect(bodies(list(context, "events_before"))).toEqual(["1"]);
  expect(bodies(list(context, "events_after"))).toEqual(["3"]);
  expect(list(context, "state").length).toBeGreaterThan(4);
});

test("a raised hand is found as a relation until it is redacted", async () => {
  const roomId = await server.room(alice, [bob]);
  const member = await server.ok("PUT", `/rooms/${roomId}/state/org.matrix.msc3401.call.member/_x`, {
    token: bob.token,
    body: { a: 1 },
  });
  const parent = String(member["event_id"]);
  const content = { "m.relates_to": { rel_type: "m.annotation", event_id: parent, key: "🖐️" } };
  const hand = await server.ok("PUT", `/rooms/${roomId}/send/m.reaction/h`, { token: bob.token, body: content });
  const path = `/_matrix/client/v1/rooms/${roomId}/relations/${parent}/m.annotation/m.reaction`;
  const raised = await server.ok("GET", path, { token: alice.token });
  const { next_batch: since } = await server.sync(alice);

  const stranger = await server.register("carol");
  await server.ok("POST", `/join/${roomId}`, { token: stranger.token, body: {} });
  const redaction = `/rooms/${roomId}/redact/${String(hand["event_id"])}`;
  const refused = await server.call("PUT", `${redaction}/c`, { token: stranger.token, body: {} });
  const lowered = await server.ok("PUT", `${redaction}/b`, { token: bob.token, body: { reason: "done" } });
  const again = await server.ok("PUT", `${redaction}/b`, { token: bob.token, body: { reason: "done" } });
  const synced = await server.sync(alice, { since: String(since) });
  const event = await server.ok("GET", `/rooms/${roomId}/event/${String(hand["event_id"])}`, { token: alice.token });

  expect(list(raised, "chunk").map((entry) => entry["event_id"])).toEqual([hand["event_id"]]);
  expect(refused.status).toBe(403);
  expect(again).toEqual(lowered);
  expect(list(await server.ok("GET", path, { token: alice.token }), "chunk")).toEqual([]);
  expect(list(synced, "rooms", "join", roomId, "timeline", "events").at(-1)).toMatchObject({
    type: "m.room.redaction",
    redacts: hand["event_id"],
    content: { redacts: hand["event_id"], reason: "done" },
  });
  expect(event["content"]).toEqual({});
  expect(at(event, "unsigned", "redacted_because", "event_id")).toBe(lowered["event_id"]);
});

test("a repeated send gives the same event", async () => {
  const roomId = await server.room(alice);
  const path = `/rooms/${roomId}/send/m.room.message/same`;

  const first = await server.ok("PUT", path, { token: alice.token, body: { body: "x" } });
  const second = await server.ok("PUT", path, { token: alice.token, body: { body: "x" } });
  const page = await server.ok("GET", `/rooms/${roomId}/messages?dir=b&limit=2`, { token: alice.token });

  expect(second).toEqual(first);
  expect(bodies(list(page, "chunk"))).toEqual(["x", undefined]);
});
