import { Scope } from "@conclave/kit";
import { FakeClock } from "@conclave/kit/testing";
import type { DelayId, RoomId } from "@conclave/matrix-rtc";
import { describe, expect, onTestFinished, test } from "vitest";

import { manageDelayed, scheduleState, sendState } from "./delayedEvents.ts";
import { HomeserverClient } from "./HomeserverClient.ts";
import { StateScheduler } from "./StateScheduler.ts";
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

/** What Synapse lists; each test says which of it there is. */
const listed = (delayId: string, more: object = {}): Record<string, unknown> => ({
  delay_id: delayId,
  room_id: EVENT.roomId,
  type: EVENT.type,
  state_key: EVENT.stateKey,
  delay: 8000,
  delay_ms: 8000,
  running_since: 1,
  content: EVENT.content,
  ...more,
});
const lose = (server: TinyHomeserver, times = 1): void => {
  let left = times;
  server.on("PUT", /state/, () => (left-- > 0 ? refuse(502, "") : { delay_id: "another" }));
};
const asked = (server: TinyHomeserver): readonly string[] =>
  server.requests.map(({ method, path }) => `${method} ${path.split("/").at(-1)}`);

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

test("a delay that is too long is refused with the longest that is not", async () => {
  const { server, client } = setUp();
  server.on("PUT", /state/, () =>
    refuse(400, "M_UNKNOWN", {
      "org.matrix.msc4140.errcode": "M_MAX_DELAY_EXCEEDED",
      "org.matrix.msc4140.max_delay": 4000,
    }),
  );

  await expect(scheduleState(client, EVENT, 8000)).rejects.toMatchObject({ maxDelayMs: 4000 });
});

test("a server that sends a scheduled event at once is told apart", async () => {
  const { server, client } = setUp();
  server.on("PUT", /state/, () => ({ event_id: "$1" }));

  await expect(scheduleState(client, EVENT, 8000)).rejects.toMatchObject({ code: "unsupported" });
});

describe("a scheduled event without an answer", () => {
  test("is the one that the homeserver lists, the newest if there are more", async () => {
    const { server, client } = setUp();
    lose(server);
    server.on("GET", /delayed_events$/, () => ({
      delayed_events: [
        listed("of another room", { room_id: "!other:hs.example", running_since: 9 }),
        listed("of another key", { state_key: "other", running_since: 9 }),
        listed("of another delay", { delay: 9000, delay_ms: 9000, running_since: 9 }),
        listed("with another content", { content: {}, running_since: 9 }),
        listed("done", { finalised_ts: 9, running_since: 9 }),
        "nonsense",
        listed("old"),
        listed("new", { running_since: 2 }),
      ],
    }));

    const delayId = await new StateScheduler(client).schedule(EVENT, 8000);

    expect(delayId).toBe("new");
    expect(server.count("PUT", /state/)).toBe(1);
    expect(server.requests.at(-1)?.url.search).toBe("?status=scheduled");
  });

  test("is read in the names of the draft, too", async () => {
    const { server, client } = setUp();
    lose(server);
    const { delay: _delay, running_since: _since, ...draft } = listed("drafted", { scheduled_at: 5 });
    server.on("GET", /delayed_events$/, () => ({ delayed_events: [draft] }));

    expect(await new StateScheduler(client).schedule(EVENT, 8000)).toBe("drafted");
  });

  test.each([
    ["lists none", () => ({ delayed_events: [] })],
    ["has no list", () => refuse(404, "M_UNRECOGNIZED")],
    ["answers nonsense", () => ({ delayed_events: 7 })],
  ])("fails if the homeserver %s, and is scheduled by the next try", async (_case, answer) => {
    const { server, client } = setUp();
    lose(server);
    server.on("GET", /delayed_events$/, answer);
    const scheduler = new StateScheduler(client);

    await expect(scheduler.schedule(EVENT, 8000)).rejects.toMatchObject({
      code: "homeserver_unreachable",
      retryable: true,
    });
    expect(await scheduler.schedule(EVENT, 8000)).toBe("another");
  });

  test("is put off and used by the next try if it could not be looked for before", async () => {
    const { server, client } = setUp();
    lose(server);
    let outages = 1;
    server.on("GET", /delayed_events$/, () =>
      outages-- > 0 ? refuse(502, "") : { delayed_events: [listed("orphan")] },
    );
    server.on("POST", /restart$/, () => ({}));
    const scheduler = new StateScheduler(client);

    await expect(scheduler.schedule(EVENT, 8000)).rejects.toMatchObject({ code: "homeserver_unreachable" });
    expect(await scheduler.schedule(EVENT, 8000)).toBe("orphan");

    expect(asked(server).slice(2)).toEqual(["GET delayed_events", "POST restart"]);
  });

  test("is cancelled by the next try if that wants another delay", async () => {
    const { server, client } = setUp();
    lose(server);
    let outages = 1;
    server.on("GET", /delayed_events$/, () =>
      outages-- > 0 ? refuse(502, "") : { delayed_events: [listed("orphan")] },
    );
    server.on("POST", /cancel$/, () => ({}));
    const scheduler = new StateScheduler(client);

    await expect(scheduler.schedule(EVENT, 8000)).rejects.toMatchObject({ code: "homeserver_unreachable" });
    expect(await scheduler.schedule(EVENT, 60_000)).toBe("another");

    expect(asked(server).slice(2).map(decodeURIComponent)).toEqual([
      "GET delayed_events",
      "POST cancel",
      `PUT ${EVENT.stateKey}`,
    ]);
  });

  test("that has fired meanwhile is scheduled again", async () => {
    const { server, client } = setUp();
    lose(server);
    let outages = 1;
    server.on("GET", /delayed_events$/, () =>
      outages-- > 0 ? refuse(502, "") : { delayed_events: [listed("orphan")] },
    );
    server.on("POST", /restart$/, () => refuse(404, "M_NOT_FOUND"));
    const scheduler = new StateScheduler(client);

    await expect(scheduler.schedule(EVENT, 8000)).rejects.toMatchObject({ code: "homeserver_unreachable" });
    expect(await scheduler.schedule(EVENT, 8000)).toBe("another");
  });

  test("is not scheduled again while it cannot be looked for", async () => {
    const { server, client } = setUp();
    lose(server);
    server.on("GET", /delayed_events$/, () => refuse(502, ""));
    const scheduler = new StateScheduler(client);

    for (const _try of [1, 2])
      await expect(scheduler.schedule(EVENT, 8000)).rejects.toMatchObject({ code: "homeserver_unreachable" });

    expect(server.count("PUT", /state/)).toBe(1);
  });

  test("is not looked for when the homeserver has refused it", async () => {
    const { server, client } = setUp();
    server.on("PUT", /state/, () => refuse(403, "M_FORBIDDEN"));

    await expect(new StateScheduler(client).schedule(EVENT, 8000)).rejects.toMatchObject({ code: "forbidden" });
    expect(server.requests).toHaveLength(1);
  });
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
