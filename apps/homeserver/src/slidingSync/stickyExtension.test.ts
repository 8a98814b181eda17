import { settlePromises } from "@conclave/kit/testing";
import { afterEach, beforeEach, expect, test } from "vitest";

import { all, slide } from "../testing/sliding.ts";
import { at, list, TestServer, type Body, type TestUser } from "../testing/TestServer.ts";

const STICKY = "org.matrix.msc4354.sticky_events";

let server: TestServer;
let alice: TestUser;
let bob: TestUser;

beforeEach(async () => {
  server = new TestServer();
  alice = await server.register("alice");
  bob = await server.register("bob");
});

afterEach(() => server.close());

function withSticky(body: Body, more: Body = {}): Body {
  return { ...body, extensions: { [STICKY]: { enabled: true, ...more } } };
}

function sticky(answer: Body, roomId: string): unknown[] {
  return list(answer, "extensions", STICKY, "rooms", roomId, "events").map((event) => event["event_id"]);
}

let sent = 0;

async function stick(user: TestUser, roomId: string): Promise<unknown> {
  const path = `/rooms/${roomId}/send/test.sticky/s${sent++}?org.matrix.msc4354.sticky_duration_ms=3600000`;
  return (await server.ok("PUT", path, { token: user.token, body: {} }))["event_id"];
}

test("come in pages by token, of rooms outside the window as well, and not twice", async () => {
  const outside = await server.room(alice);
  const ids = [await stick(alice, outside), await stick(alice, outside)];
  const inside = await server.room(alice);
  const shown = await stick(alice, inside);
  const body = all({ ranges: [[0, 0]] });

  const first = await slide(server, alice, withSticky(body, { limit: 1 }));
  const since = at(first, "extensions", STICKY, "next_batch");
  const second = await slide(server, alice, withSticky(body, { since }), { pos: first["pos"] });

  expect(sticky(first, outside)).toEqual([ids[0]]);
  expect(sticky(second, outside)).toEqual([ids[1]]);
  expect(list(first, "rooms", inside, "timeline").map((event) => event["event_id"])).toContain(shown);
  expect(sticky(second, inside)).toEqual([shown]);
});

test("of a room that somebody joins come whole, whatever the token says", async () => {
  const roomId = await server.room(alice);
  const eventId = await stick(alice, roomId);
  for (const text of ["1", "2", "3", "4", "5", "6"]) await server.send(alice, roomId, text);
  const body = withSticky(all({ timeline_limit: 1 }), { since: "900000" });
  const first = await slide(server, bob, body);
  await server.ok("POST", `/join/${roomId}`, { token: bob.token, body: {} });

  const joined = await slide(server, bob, body, { pos: first["pos"] });
  const quiet = await slide(server, bob, body, { pos: joined["pos"] });

  expect(sticky(joined, roomId)).toEqual([eventId]);
  expect(sticky(quiet, roomId)).toEqual([]);
});

test("end a wait, and are gone when their time is over", async () => {
  const roomId = await server.room(alice, [bob]);
  const body = withSticky(all({ timeline_limit: 0 }));
  const { pos } = await slide(server, alice, body);
  const waiting = slide(server, alice, body, { pos, timeout: 30_000 });
  await settlePromises();
  const eventId = await stick(bob, roomId);
  const answer = await waiting;
  await server.clock.advance(3_600_001);

  expect(sticky(answer, roomId)).toEqual([eventId]);
  expect(sticky(await slide(server, alice, body), roomId)).toEqual([]);
});
