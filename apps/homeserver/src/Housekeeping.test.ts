import { FakeClock } from "@conclave/kit/testing";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

import { at, list, TestServer } from "./testing/TestServer.ts";

const DAY_MS = 24 * 3_600_000;

let server: TestServer;

beforeEach(() => {
  server = new TestServer();
});

afterEach(() => server.close());

test("a guest unused for thirty days leaves its rooms and is gone, one in use stays", async () => {
  const alice = await server.register("alice");
  const guest = await server.register("guest");
  const roomId = await server.room(alice, [guest]);

  for (let day = 0; day < 31; day++) {
    await server.clock.advance(DAY_MS);
    await server.ok("GET", "/account/whoami", { token: alice.token });
  }
  const gone = await server.call("GET", "/account/whoami", { token: guest.token });
  const members = await server.ok("GET", `/rooms/${roomId}/joined_members`, { token: alice.token });
  const again = await server.call("POST", "/register", {
    body: { username: "guest", auth: { type: "m.login.dummy" } },
  });

  expect(gone.status).toBe(401);
  expect(Object.keys(at(members, "joined") as object)).toEqual([alice.userId]);
  expect(again.body["errcode"]).toBe("M_USER_IN_USE");
});

test("an account that once logged in with its password is kept", async () => {
  const body = { username: "alice", password: "pw", auth: { type: "m.login.dummy" } };
  await server.ok("POST", "/register", { body });
  const login = { type: "m.login.password", identifier: { type: "m.id.user", user: "alice" }, password: "pw" };
  const session = await server.ok("POST", "/login", { body: login });

  await server.clock.advance(100 * DAY_MS);

  expect((await server.call("GET", "/account/whoami", { token: String(session["access_token"]) })).status).toBe(200);
});

test("a room that everybody left is removed after the same time, with its alias", async () => {
  const alice = await server.register("alice");
  const roomId = await server.room(alice, [], { room_alias_name: "standup" });
  await server.ok("POST", `/rooms/${roomId}/leave`, { token: alice.token, body: {} });

  await server.clock.advance(29 * DAY_MS);
  const before = await server.call("GET", "/directory/room/%23standup:hs.test");
  await server.clock.advance(2 * DAY_MS);
  const after = await server.call("GET", "/directory/room/%23standup:hs.test");

  expect([before.status, after.status]).toEqual([200, 404]);
});

test("a graceful restart keeps sync tokens, rooms and waiting messages", async () => {
  const folder = mkdtempSync(join(tmpdir(), "homeserver-"));
  const databasePath = join(folder, "hs.sqlite");
  const clock = new FakeClock();
  const first = new TestServer({ databasePath }, clock);
  const alice = await first.register("alice");
  const roomId = await first.room(alice);
  const { next_batch: since } = await first.sync(alice);
  await first.send(alice, roomId, "before");
  await first.close();
  await clock.advance(1_000);

  const second = new TestServer({ databasePath }, clock);
  const answer = await second.sync(alice, { since: String(since) });
  await second.close();
  rmSync(folder, { recursive: true });

  const events = list(answer, "rooms", "join", roomId, "timeline", "events");
  expect(events.map((event) => at(event, "content", "body"))).toEqual(["before"]);
});

test("nothing is left waiting after close", async () => {
  const alice = await server.register("alice");
  const { next_batch: since } = await server.sync(alice);
  const waiting = server.sync(alice, { since: String(since), timeout: "30000" });
  await server.clock.advance(0);

  await server.close();

  expect(await waiting).toMatchObject({ next_batch: since });
  expect(server.clock.pendingTimers).toBe(0);
});
