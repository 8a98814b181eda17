import { Scope } from "@conclave/kit";
import { FakeClock } from "@conclave/kit/testing";
import type { DelayId, RoomId } from "@conclave/matrix-rtc";
import { expect, onTestFinished, test } from "vitest";

import { manageDelayed, scheduleState, sendState } from "./delayedEvents.ts";
import { HomeserverClient } from "./HomeserverClient.ts";
import { refuse, TinyHomeserver } from "./testing/TinyHomeserver.ts";

const EVENT = {
  roomId: "!room:hs.example" as RoomId,
  type: "org.matrix.msc3401.call.member",
  stateKey: "_@alice:hs.example_A_m.call",
  content: { application: "m.call" },
};
const PATH =
  "/_matrix/client/v3/rooms/!room%3Ahs.example/state/org.matrix.msc3401.call.member/_%40alice%3Ahs.example_A_m.call";
const DELAY = "the delay" as DelayId;

function setUp() {
  const scope = new Scope();
  onTestFinished(() => scope.end());
  const server = new TinyHomeserver();
  const { fetch } = server;
  const { signal } = scope;
  const client = new HomeserverClient({ homeserverUrl: "https://hs.example", fetch, clock: new FakeClock(), signal });
  return { server, client };
}

test("state goes to its key and gives an event id", async () => {
  const { server, client } = setUp();
  server.on("PUT", /state/, () => ({ event_id: "$1" }));

  const eventId = await sendState(client, EVENT);

  expect(eventId).toBe("$1");
  expect(server.requests[0]).toMatchObject({ path: PATH, body: EVENT.content });
});

test("a scheduled event carries its delay in the query", async () => {
  const { server, client } = setUp();
  server.on("PUT", /state/, () => ({ delay_id: DELAY }));

  const delayId = await scheduleState(client, EVENT, 8000);

  expect(delayId).toBe(DELAY);
  expect(server.requests[0]?.url.search).toBe("?org.matrix.msc4140.delay=8000");
});

test("a server that sends a scheduled event at once is told apart", async () => {
  const { server, client } = setUp();
  server.on("PUT", /state/, () => ({ event_id: "$1" }));

  await expect(scheduleState(client, EVENT, 8000)).rejects.toMatchObject({ code: "unsupported" });
});

test.each(["restart", "send", "cancel"] as const)("%s names the action in the path", async (action) => {
  const { server, client } = setUp();
  server.on("POST", /delayed_events/, () => ({}));

  await manageDelayed(client, DELAY, action);

  expect(server.requests.map(({ path }) => path)).toEqual([
    `/_matrix/client/unstable/org.matrix.msc4140/delayed_events/the%20delay/${action}`,
  ]);
});

test("a server that knows only the old form gets the action in the body", async () => {
  const { server, client } = setUp();
  server.on("POST", /restart$/, () => refuse(404, "M_UNRECOGNIZED"));
  server.on("POST", /delayed_events\/[^/]+$/, () => ({}));

  await manageDelayed(client, DELAY, "restart");

  expect(server.requests.at(-1)?.body).toEqual({ action: "restart" });
});

test("an event that is gone is not found, without a second request", async () => {
  const { server, client } = setUp();
  server.on("POST", /delayed_events/, () => refuse(404, "M_NOT_FOUND"));

  await expect(manageDelayed(client, DELAY, "restart")).rejects.toMatchObject({ code: "not_found" });
  expect(server.requests).toHaveLength(1);
});

test("a failure does not tell the delay id, which is all that one needs to manage the event", async () => {
  const { server, client } = setUp();
  server.on("POST", /delayed_events/, () => refuse(403, "M_FORBIDDEN"));

  await expect(manageDelayed(client, DELAY, "restart")).rejects.toMatchObject({
    message: "delayed event: restart: 403 M_FORBIDDEN",
  });
});

test("a restart ends when its caller gives up", async () => {
  const { server, client } = setUp();
  const caller = new AbortController();
  server.on("POST", /delayed_events/, ({ signal }) => {
    const answer = new Promise<never>((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason as Error));
    });
    caller.abort();
    return answer;
  });

  const restarting = manageDelayed(client, DELAY, "restart", caller.signal);

  await expect(restarting).rejects.toMatchObject({ code: "homeserver_unreachable" });
});
