import { afterEach, beforeEach, expect, test } from "vitest";

import { list, TestServer, type Body, type TestUser } from "../testing/TestServer.ts";

let server: TestServer;
let alice: TestUser;
let bob: TestUser;

beforeEach(async () => {
  server = new TestServer();
  alice = await server.register("alice");
  bob = await server.register("bob");
});

afterEach(() => server.close());

function send(txnId: string, content: Body, deviceId = bob.deviceId): Promise<Body> {
  const body = { messages: { [bob.userId]: { [deviceId]: content } } };
  return server.ok("PUT", `/sendToDevice/org.example.key/${txnId}`, { token: alice.token, body });
}

function messages(answer: Body): unknown[] {
  return list(answer, "to_device", "events").map((event) => event["content"]);
}

test("delivers in order and again until the next since proves that it arrived", async () => {
  const start = await server.sync(bob);
  await send("1", { n: 1 });
  await send("2", { n: 2 });

  const first = await server.sync(bob, { since: String(start["next_batch"]) });
  const repeated = await server.sync(bob, { since: String(start["next_batch"]) });
  const next = await server.sync(bob, { since: String(first["next_batch"]) });
  const tooLate = await server.sync(bob, { since: String(start["next_batch"]) });

  expect(messages(first)).toEqual([{ n: 1 }, { n: 2 }]);
  expect(list(first, "to_device", "events")[0]).toEqual({
    sender: alice.userId,
    type: "org.example.key",
    content: { n: 1 },
  });
  expect(messages(repeated)).toEqual([{ n: 1 }, { n: 2 }]);
  expect(messages(next)).toEqual([]);
  expect(messages(tooLate)).toEqual([]);
});

test("sends a repeated transaction once", async () => {
  await send("1", { n: 1 });
  await send("1", { n: 1 });

  expect(messages(await server.sync(bob))).toEqual([{ n: 1 }]);
});

test("reaches all devices with * and nobody else", async () => {
  await send("1", { n: 1 }, "*");
  await send("2", { n: 2 }, "UNKNOWN");

  expect(messages(await server.sync(bob))).toEqual([{ n: 1 }]);
  expect(messages(await server.sync(alice))).toEqual([]);
});

test("wakes a waiting sync in the same moment", async () => {
  const { next_batch: since } = await server.sync(bob);
  const waiting = server.sync(bob, { since: String(since), timeout: "30000" });
  await server.clock.advance(0);

  await send("1", { n: 1 });

  expect(messages(await waiting)).toEqual([{ n: 1 }]);
  expect(server.clock.monotonicMs()).toBe(0);
});

test("pages a long queue without losing or repeating a message", async () => {
  let { next_batch: since } = await server.sync(bob);
  const fast = new Set<unknown>();
  for (let n = 0; n < 1_200; n++) {
    if (n % 100 === 99) await server.clock.advance(10_000);
    await send(String(n), { n });
  }

  const pages: number[] = [];
  for (let page = await server.sync(bob, { since: String(since) }); messages(page).length > 0;) {
    pages.push(messages(page).length);
    for (const message of messages(page)) fast.add((message as Body)["n"]);
    since = page["next_batch"];
    page = await server.sync(bob, { since: String(since) });
  }

  expect(pages).toEqual([500, 500, 200]);
  expect([...fast]).toEqual(Array.from({ length: 1_200 }, (_, n) => n));
});
