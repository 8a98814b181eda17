import { Scope } from "@conclave/kit";
import { FakeClock } from "@conclave/kit/testing";
import type { EventId, RoomId } from "@conclave/matrix-rtc";
import { expect, onTestFinished, test } from "vitest";

import { HomeserverClient } from "./HomeserverClient.ts";
import { readRelations, redactEvent, scheduleMessage, sendMessage } from "./roomEvents.ts";
import { refuse, TinyHomeserver } from "./testing/TinyHomeserver.ts";

const ROOM = "!room:hs.example" as RoomId;
const EVENT = "$membership" as EventId;
const MESSAGE = { roomId: ROOM, type: "m.reaction", content: { n: 1 }, transactionId: "t/1" };

function setUp() {
  const scope = new Scope();
  onTestFinished(() => scope.end());
  const [server, clock] = [new TinyHomeserver(), new FakeClock()];
  const { fetch } = server;
  const client = new HomeserverClient({ homeserverUrl: "https://hs.example", fetch, clock, signal: scope.signal });
  return { server, client, clock };
}

function reaction(eventId: string, more: object = {}): object {
  return {
    type: "m.reaction",
    event_id: eventId,
    sender: "@bob:hs.example",
    origin_server_ts: 1,
    content: {},
    ...more,
  };
}

test("a message goes to its transaction, sticky if it is wanted so", async () => {
  const { server, client } = setUp();
  server.on("PUT", /send/, () => ({ event_id: "$1" }));

  const eventId = await sendMessage(client, { ...MESSAGE, stickyForMs: 1000.4 });

  expect(eventId).toBe("$1");
  expect(server.requests[0]).toMatchObject({
    path: "/_matrix/client/v3/rooms/!room%3Ahs.example/send/m.reaction/t%2F1",
    body: { n: 1 },
  });
  expect(server.requests[0]?.url.search).toBe("?org.matrix.msc4354.sticky_duration_ms=1000");
});

test("a server that sends a scheduled message at once is told apart", async () => {
  const { server, client } = setUp();
  server.on("PUT", /send/, () => ({ event_id: "$1" }));

  await expect(scheduleMessage(client, MESSAGE, 8000)).rejects.toMatchObject({ code: "unsupported" });
});

test("a redaction is sent again under the same transaction id", async () => {
  const { server, client, clock } = setUp();
  let outages = 1;
  server.on("PUT", /redact/, () => (outages-- > 0 ? refuse(502, "") : { event_id: "$2" }));

  const redacting = redactEvent(client, { roomId: ROOM, eventId: EVENT, transactionId: "t" });
  await clock.advance(500);
  await redacting;

  const path = "/_matrix/client/v3/rooms/!room%3Ahs.example/redact/%24membership/t";
  expect(server.requests.map((request) => request.path)).toEqual([path, path]);
});

test("relations leave out what is malformed, redacted or of another type, and are at most a hundred", async () => {
  const { server, client } = setUp();
  const redacted = { unsigned: { redacted_because: {} } };
  const many = Array.from({ length: 200 }, (_, n) => reaction(`$${n}`));
  server.on("GET", /relations/, () => ({
    chunk: [null, reaction("$x", { type: "m.other" }), reaction("$y", redacted), ...many],
  }));

  const events = await readRelations(client, ROOM, { eventId: EVENT, relType: "m.annotation", type: "m.reaction" });

  expect(server.requests[0]?.path).toBe(
    "/_matrix/client/v1/rooms/!room%3Ahs.example/relations/%24membership/m.annotation/m.reaction",
  );
  expect(server.requests[0]?.url.search).toBe("?limit=100");
  expect([events.length, events[0]?.eventId]).toEqual([100, "$0"]);
});
