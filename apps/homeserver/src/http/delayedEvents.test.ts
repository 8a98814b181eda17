import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { at, list, TestServer, type Body, type TestUser } from "../testing/TestServer.ts";

const UNSTABLE = "/_matrix/client/unstable/org.matrix.msc4140/delayed_events";
const STABLE = "/_matrix/client/v1/delayed_events";
const MEMBER = "org.matrix.msc3401.call.member";

let server: TestServer;
let alice: TestUser;
let bob: TestUser;
let roomId: string;

beforeEach(async () => {
  server = new TestServer();
  alice = await server.register("alice");
  bob = await server.register("bob");
  roomId = await server.room(alice, [bob]);
  await put(bob, { joined: true });
});

afterEach(() => server.close());

const statePath = (stateKey = "_bob"): string => `/rooms/${roomId}/state/${MEMBER}/${stateKey}`;
const put = (user: TestUser, body: object): Promise<Body> => server.ok("PUT", statePath(), { token: user.token, body });
const current = (): Promise<Body> => server.ok("GET", statePath(), { token: alice.token });

async function schedule(delayMs: number, user = bob): Promise<string> {
  const path = `${statePath()}?org.matrix.msc4140.delay=${delayMs}`;
  return String((await server.ok("PUT", path, { token: user.token, body: {} }))["delay_id"]);
}

describe("the dead man's switch", () => {
  test("fires at its time and not before, and wakes the others", async () => {
    await schedule(18_000);
    const { next_batch: since } = await server.sync(alice);
    const waiting = server.sync(alice, { since: String(since), timeout: "30000" });

    await server.clock.advance(17_999);
    expect(await current()).toEqual({ joined: true });
    await server.clock.advance(1);

    expect(await current()).toEqual({});
    const event = list(await waiting, "rooms", "join", roomId, "timeline", "events")[0];
    expect(event).toMatchObject({ type: MEMBER, sender: bob.userId, content: {} });
    expect(event?.["origin_server_ts"]).toBe(server.clock.nowMs());
  });

  test.each([
    ["unstable path", `${UNSTABLE}/ID/restart`, undefined],
    ["stable path", `${STABLE}/ID/restart`, undefined],
    ["old form", `${UNSTABLE}/ID`, { action: "restart" }],
  ])("starts again with a restart through the %s, without a token", async (_what, path, body) => {
    const delayId = await schedule(18_000);
    await server.clock.advance(10_000);

    await server.ok("POST", path.replace("ID", delayId), { body });
    await server.clock.advance(17_999);
    const before = await current();
    await server.clock.advance(1);

    expect([before, await current()]).toEqual([{ joined: true }, {}]);
  });

  test("can be sent at once, and is then finished", async () => {
    const delayId = await schedule(18_000);

    await server.ok("POST", `${UNSTABLE}/${delayId}/send`, { token: bob.token });
    const again = await server.call("POST", `${UNSTABLE}/${delayId}/restart`, { token: bob.token });

    expect(await current()).toEqual({});
    expect([again.status, again.body["errcode"]]).toEqual([404, "M_NOT_FOUND"]);
  });

  test("does nothing once cancelled", async () => {
    const delayId = await schedule(18_000);

    await server.ok("POST", `${UNSTABLE}/${delayId}/cancel`);
    await server.clock.advance(60_000);

    expect(await current()).toEqual({ joined: true });
  });

  test("outlives the owner's own state, but not somebody else's for the same key", async () => {
    const delayId = await schedule(18_000);
    await put(bob, { joined: "again" });
    await server.ok("POST", `${UNSTABLE}/${delayId}/restart`);

    await put(alice, { joined: "by alice" });
    const after = await server.call("POST", `${UNSTABLE}/${delayId}/restart`);

    expect(after.status).toBe(404);
    await server.clock.advance(18_000);
    expect(await current()).toEqual({ joined: "by alice" });
  });

  test("is dropped where its owner may no longer send", async () => {
    await schedule(18_000);
    await server.ok("POST", `/rooms/${roomId}/kick`, { token: alice.token, body: { user_id: bob.userId } });

    await server.clock.advance(18_000);
    const [entry] = list(await server.ok("GET", UNSTABLE, { token: bob.token }), "delayed_events");

    expect(await current()).toEqual({ joined: true });
    expect(at(entry, "error", "errcode")).toBe("M_FORBIDDEN");
  });
});

describe("limits", () => {
  test("a delay above the maximum tells the maximum as matrix-js-sdk reads it", async () => {
    const path = `${statePath()}?org.matrix.msc4140.delay=${25 * 3_600_000}`;
    const answer = await server.call("PUT", path, { token: bob.token, body: {} });

    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({
      errcode: "M_UNKNOWN",
      "org.matrix.msc4140.errcode": "M_MAX_DELAY_EXCEEDED",
      "org.matrix.msc4140.max_delay": 24 * 3_600_000,
    });
  });

  test("one user has at most a hundred waiting", async () => {
    for (let count = 0; count < 100; count++) {
      await schedule(60_000);
      await server.clock.advance(100);
    }

    const path = `${statePath()}?org.matrix.msc4140.delay=60000`;
    const answer = await server.call("PUT", path, { token: bob.token, body: {} });

    expect([answer.status, answer.body["errcode"]]).toEqual([429, "M_LIMIT_EXCEEDED"]);
    expect(answer.headers.get("Retry-After")).toBe("5");
  });

  test.each([
    ["not sent by a member", "bob", "", 403, "M_FORBIDDEN"],
    ["a delay that is no number", "alice", "soon", 400, "M_INVALID_PARAM"],
    ["a negative delay", "alice", "-1", 400, "M_INVALID_PARAM"],
  ])("refuses %s", async (_what, ...row) => {
    const [name, delay, status, errcode] = row;
    const stranger = await server.register("carol");
    const token = name === "alice" ? alice.token : stranger.token;
    const path = `${statePath()}?org.matrix.msc4140.delay=${delay || "1000"}`;

    const answer = await server.call("PUT", path, { token, body: {} });

    expect([answer.status, answer.body["errcode"]]).toEqual([status, errcode]);
  });

  test.each([
    ["no action", {}, 400, "M_MISSING_PARAM"],
    ["a wrong action", { action: "explode" }, 400, "M_INVALID_PARAM"],
  ])("the old form refuses %s", async (_what, body, status, errcode) => {
    const answer = await server.call("POST", `${UNSTABLE}/${await schedule(1_000)}`, { body });

    expect([answer.status, answer.body["errcode"]]).toEqual([status, errcode]);
  });
});

test("guessing delay ids is slowed down by address, restarting known ones from there is not", async () => {
  const delayId = await schedule(18_000);
  const guess = (): Promise<{ status: number }> => server.call("POST", `${UNSTABLE}/guess/restart`);
  let answer = await guess();
  for (let n = 0; n < 100 && answer.status === 404; n++) answer = await guess();

  expect(answer.status).toBe(429);
  expect(await server.ok("POST", `${UNSTABLE}/${delayId}/restart`)).toEqual({});
});

test("the list is the owner's alone", async () => {
  const delayId = await schedule(18_000);

  const mine = await server.ok("GET", UNSTABLE, { token: bob.token });
  const one = await server.ok("GET", `${STABLE}/${delayId}`, { token: bob.token });
  const foreign = await server.call("GET", `${STABLE}/${delayId}`, { token: alice.token });

  expect(list(mine, "delayed_events")[0]).toMatchObject({
    delay_id: delayId,
    room_id: roomId,
    type: MEMBER,
    state_key: "_bob",
    delay_ms: 18_000,
    content: {},
  });
  expect(one["delay_id"]).toBe(delayId);
  expect(foreign.status).toBe(404);
});

test("a delayed message keeps stickiness and tells its delay id to its sender", async () => {
  const query = "org.matrix.msc4140.delay=1000&org.matrix.msc4354.sticky_duration_ms=60000";
  const path = `/rooms/${roomId}/send/org.matrix.msc4143.rtc.member/t?${query}`;
  const { delay_id: delayId } = await server.ok("PUT", path, { token: bob.token, body: { msc4354_sticky_key: "k" } });
  await server.clock.advance(1_000);

  const own = list(await server.sync(bob), "rooms", "join", roomId, "timeline", "events").at(-1);
  const other = list(await server.sync(alice), "rooms", "join", roomId, "timeline", "events").at(-1);

  expect(at(own, "msc4354_sticky", "duration_ms")).toBe(60_000);
  expect(at(own, "unsigned", "org.matrix.msc4140.delay_id")).toBe(delayId);
  expect(at(other, "unsigned", "org.matrix.msc4140.delay_id")).toBeUndefined();
});
