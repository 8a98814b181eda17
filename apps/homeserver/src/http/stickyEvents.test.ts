import { afterEach, beforeEach, expect, test } from "vitest";

import { at, list, TestServer, type Body, type TestUser } from "../testing/TestServer.ts";

const HOUR_MS = 3_600_000;

let server: TestServer;
let alice: TestUser;
let bob: TestUser;
let roomId: string;

beforeEach(async () => {
  server = new TestServer();
  alice = await server.register("alice");
  bob = await server.register("bob");
  roomId = await server.room(alice, [bob]);
});

afterEach(() => server.close());

let transactions = 0;
async function sendSticky(durationMs: number, n = 0): Promise<string> {
  transactions += 1;
  const path = `/rooms/${roomId}/send/org.matrix.msc4143.rtc.member/s${transactions}`;
  const query = `org.matrix.msc4354.sticky_duration_ms=${durationMs}`;
  return String((await server.ok("PUT", `${path}?${query}`, { token: alice.token, body: { n } }))["event_id"]);
}

const sticky = (answer: Body): readonly Body[] => list(answer, "rooms", "join", roomId, "msc4354_sticky", "events");
const timeline = (answer: Body): readonly Body[] => list(answer, "rooms", "join", roomId, "timeline", "events");

async function bury(): Promise<void> {
  for (let n = 0; n < 20; n++) await server.send(alice, roomId, String(n));
}

test("comes once beyond the timeline limit, with the time that it has left", async () => {
  const { next_batch: since } = await server.sync(bob);
  const eventId = await sendSticky(HOUR_MS);
  await bury();
  await server.clock.advance(600_000);

  const first = await server.sync(bob, { since: String(since) });
  await server.send(alice, roomId, "more");
  const second = await server.sync(bob, { since: String(first["next_batch"]) });

  expect(sticky(first).map((event) => event["event_id"])).toEqual([eventId]);
  expect(at(sticky(first)[0], "unsigned", "msc4354_sticky_duration_ttl_ms")).toBe(HOUR_MS - 600_000);
  expect(sticky(second)).toEqual([]);
});

test("is not repeated when the timeline has it", async () => {
  const { next_batch: since } = await server.sync(bob);
  await sendSticky(HOUR_MS);

  const answer = await server.sync(bob, { since: String(since) });

  expect(at(timeline(answer)[0], "unsigned", "msc4354_sticky_duration_ttl_ms")).toBe(HOUR_MS);
  expect(sticky(answer)).toEqual([]);
});

test("reaches somebody who joins later, as long as it lasts", async () => {
  const long = await sendSticky(HOUR_MS);
  await sendSticky(60_000);
  await bury();
  await server.clock.advance(60_000);
  const carol = await server.register("carol");
  const { next_batch: since } = await server.sync(carol);
  await server.ok("POST", `/join/${roomId}`, { token: carol.token, body: {} });

  const answer = await server.sync(carol, { since: String(since) });

  expect(sticky(answer).map((event) => event["event_id"])).toEqual([long]);
});

test("lasts an hour at most", async () => {
  await sendSticky(10 * HOUR_MS);
  await bury();

  expect(at(sticky(await server.sync(bob))[0], "msc4354_sticky", "duration_ms")).toBe(HOUR_MS);
});

test("ends with a redaction", async () => {
  const eventId = await sendSticky(HOUR_MS);
  await server.ok("PUT", `/rooms/${roomId}/redact/${eventId}/r`, { token: alice.token, body: {} });
  await bury();

  expect(sticky(await server.sync(bob))).toEqual([]);
});

test("a great many come a hundred at a time, each once", async () => {
  const { next_batch: start } = await server.sync(bob);
  for (let n = 0; n < 250; n++) {
    if (n % 100 === 99) await server.clock.advance(10_000);
    await sendSticky(HOUR_MS, n);
  }
  await bury();

  let since = String(start);
  const counts: number[] = [];
  const seen = new Set<unknown>();
  for (let round = 0; round < 3; round++) {
    const answer = await server.sync(bob, { since });
    counts.push(sticky(answer).length);
    for (const event of sticky(answer)) seen.add(at(event, "content", "n"));
    since = String(answer["next_batch"]);
  }

  expect(counts).toEqual([100, 100, 50]);
  expect(seen.size).toBe(250);
});
