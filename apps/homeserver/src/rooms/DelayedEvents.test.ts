import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { FakeClock } from "@conclave/kit/testing";
import { afterEach, beforeEach, expect, test } from "vitest";

import { at, list, TestServer, type Body, type TestUser } from "../testing/TestServer.ts";

const MANAGE = "/_matrix/client/unstable/org.matrix.msc4140/delayed_events";
const MEMBER = "org.matrix.msc3401.call.member";

let folder: string;
let clock: FakeClock;
let server: TestServer;
let alice: TestUser;
let bob: TestUser;
let roomId: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "delayed-"));
  clock = new FakeClock();
  server = open();
  alice = await server.register("alice");
  bob = await server.register("bob");
  roomId = await server.room(alice);
  await server.ok("POST", `/rooms/${roomId}/invite`, { token: alice.token, body: { user_id: bob.userId } });
  await server.ok("POST", `/rooms/${roomId}/join`, { token: bob.token });
});

afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

function open(): TestServer {
  return new TestServer({ databasePath: join(folder, "hs.sqlite") }, clock);
}

/** Puts a member state with a delayed leave. */
async function enter(key: string, delayMs: number): Promise<string> {
  const path = `/rooms/${roomId}/state/${MEMBER}/${key}`;
  await server.ok("PUT", path, { token: alice.token, body: { joined: true } });
  const query = `?org.matrix.msc4140.delay=${delayMs}`;
  return String((await server.ok("PUT", path + query, { token: alice.token, body: {} }))["delay_id"]);
}

function current(key: string): Promise<Body> {
  return server.ok("GET", `/rooms/${roomId}/state/${MEMBER}/${key}`, { token: bob.token });
}

/** The process is dead meanwhile. */
async function outage(durationMs: number): Promise<void> {
  await server.close();
  await clock.advance(durationMs);
  server = open();
}

test("what fell due while the server was dead is sent 0.9 s after its start", async () => {
  await enter("_alice", 8_000);

  await outage(10_000);
  await clock.advance(899);
  const before = await current("_alice");
  await clock.advance(1);

  expect([before, await current("_alice")]).toEqual([{ joined: true }, {}]);
});

test("it waits for 3 s if its owner is heard, who may be slow like the server", async () => {
  await enter("_alice", 8_000);

  await outage(10_000);
  await clock.advance(800);
  await server.sync(alice);
  await clock.advance(2_199);
  const before = await current("_alice");
  await clock.advance(1);

  expect([before, await current("_alice")]).toEqual([{ joined: true }, {}]);
});

test("who restarts it by then is still in", async () => {
  const delayId = await enter("_alice", 8_000);

  await outage(10_000);
  await server.ok("POST", `${MANAGE}/${delayId}/restart`);
  await clock.advance(7_999);

  expect(await current("_alice")).toEqual({ joined: true });
});

test("what falls due later is not late", async () => {
  await enter("_alice", 14_000);

  await outage(10_000);
  await clock.advance(3_999);
  const before = await current("_alice");
  await clock.advance(1);

  expect([before, await current("_alice")]).toEqual([{ joined: true }, {}]);
});

test("all that is overdue is sent in the order in which it fell due", async () => {
  await enter("_second", 8_000);
  await enter("_first", 5_000);

  await outage(10_000);
  const { next_batch: since } = await server.sync(bob);
  await clock.advance(1_000);

  const sync = await server.sync(bob, { since: String(since) });
  const events = list(sync, "rooms", "join", roomId, "timeline", "events");
  expect(events.map((event) => at(event, "state_key"))).toEqual(["_first", "_second"]);
});
