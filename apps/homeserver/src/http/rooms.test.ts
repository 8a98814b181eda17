import { afterEach, beforeEach, describe, expect, test } from "vitest";

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

const readState = (user: TestUser, roomId: string, path: string): Promise<Body> =>
  server.ok("GET", `/rooms/${roomId}/state/${path}`, { token: user.token });
const refusal = (answer: { status: number; body: Body }): unknown[] => [answer.status, answer.body["errcode"]];

/** What Element Call's home page sends. */
const STANDALONE_ROOM = {
  visibility: "private",
  preset: "public_chat",
  name: "Standup",
  room_alias_name: "standup",
  power_level_content_override: {
    invite: 100,
    kick: 100,
    ban: 100,
    redact: 50,
    state_default: 0,
    events_default: 0,
    users_default: 0,
    events: {
      "m.room.power_levels": 100,
      "m.room.name": 50,
      "m.room.encrypted": 50,
      "org.matrix.msc3401.call.member": 0,
    },
    users: { "@alice:hs.test": 100 },
  },
};

describe("creating", () => {
  test("makes Element Call's room with its levels and alias", async () => {
    const { room_id: id } = await server.ok("POST", "/createRoom", { token: alice.token, body: STANDALONE_ROOM });
    const roomId = String(id);
    const alias = encodeURIComponent("#standup:hs.test");

    const found = await server.ok("GET", `/directory/room/${alias}`);
    const joined = await server.ok("POST", `/join/${alias}?server_name=hs.test&via=hs.test`, { token: bob.token });

    expect(found).toEqual({ room_id: roomId, servers: ["hs.test"] });
    expect(joined).toEqual({ room_id: roomId });
    expect(await readState(bob, roomId, "m.room.canonical_alias/")).toEqual({ alias: "#standup:hs.test" });
    expect(at(await readState(bob, roomId, "m.room.power_levels"), "events", "m.room.encrypted")).toBe(50);
    expect(await readState(bob, roomId, "m.room.create")).toEqual({ room_version: "11" });
  });

  test("applies initial state, encryption among it, and private rooms stay closed", async () => {
    const initial = [{ type: "m.room.encryption", state_key: "", content: { algorithm: "m.megolm.v1.aes-sha2" } }];
    const roomId = await server.room(alice, [], {
      preset: "private_chat",
      initial_state: initial,
      invite: [bob.userId],
    });
    const carol = await server.register("carol");

    const uninvited = await server.call("POST", `/join/${roomId}`, { token: carol.token, body: {} });
    await server.ok("POST", `/rooms/${roomId}/join`, { token: bob.token, body: {} });

    expect(refusal(uninvited)).toEqual([403, "M_FORBIDDEN"]);
    expect(await readState(bob, roomId, "m.room.encryption")).toEqual({ algorithm: "m.megolm.v1.aes-sha2" });
  });

  test.each([
    ["a taken alias", { room_alias_name: "taken" }, 400, "M_ROOM_IN_USE"],
    ["an alias with a colon", { room_alias_name: "a:b" }, 400, "M_INVALID_PARAM"],
    ["an unknown room version", { room_version: "99" }, 400, "M_UNSUPPORTED_ROOM_VERSION"],
    ["levels that are no numbers", { power_level_content_override: { ban: "50" } }, 403, "M_FORBIDDEN"],
  ])("refuses %s and leaves nothing behind", async (_what, body, status, errcode) => {
    await server.room(alice, [], { room_alias_name: "taken" });

    const answer = await server.call("POST", "/createRoom", { token: bob.token, body });

    expect(refusal(answer)).toEqual([status, errcode]);
    expect(await server.ok("GET", "/joined_rooms", { token: bob.token })).toEqual({ joined_rooms: [] });
  });
});

describe("permissions", () => {
  let roomId: string;

  beforeEach(async () => {
    roomId = await server.room(alice, [bob]);
  });

  const put = (user: TestUser, path: string, body: object): Promise<{ status: number; body: Body }> =>
    server.call("PUT", `/rooms/${roomId}/state/${path}`, { token: user.token, body });

  test("everybody may join the call, only the powerful may rename the room", async () => {
    const member = await put(bob, `org.matrix.msc3401.call.member/_${bob.userId}_BOBDEV_m.call`, {
      application: "m.call",
    });
    const name = await put(bob, "m.room.name", { name: "mine" });

    expect(member.status).toBe(200);
    expect(refusal(name)).toEqual([403, "M_FORBIDDEN"]);
  });

  test("state keys that start with @ belong to that user", async () => {
    const type = "org.matrix.msc3401.call.member";
    const foreign = await put(bob, `${type}/${alice.userId}`, {});
    const extended = await put(bob, `${type}/${encodeURIComponent(`${bob.userId}_DEV`)}`, {});
    const own = await put(bob, `${type}/${bob.userId}`, {});

    expect(refusal(foreign)).toEqual([403, "M_FORBIDDEN"]);
    expect(refusal(extended)).toEqual([403, "M_FORBIDDEN"]);
    expect(own.status).toBe(200);
  });

  test("the same state again keeps its event id", async () => {
    const first = await put(alice, "m.room.name", { name: "x", nested: { a: 1, b: 2 } });
    const same = await put(alice, "m.room.name", { nested: { b: 2, a: 1 }, name: "x" });
    const other = await put(alice, "m.room.name", { name: "y" });

    expect(same.body).toEqual(first.body);
    expect(other.body).not.toEqual(first.body);
  });

  test("nobody gives or takes power above the own", async () => {
    const levels = await readState(alice, roomId, "m.room.power_levels");
    const users = { [alice.userId]: 100, [bob.userId]: 50 };
    await put(alice, "m.room.power_levels", { ...levels, users, events: { "m.room.power_levels": 50 } });
    const now = await readState(alice, roomId, "m.room.power_levels");

    const raise = await put(bob, "m.room.power_levels", { ...now, users: { ...users, [bob.userId]: 51 } });
    const demote = await put(bob, "m.room.power_levels", { ...now, users: { [bob.userId]: 50 } });
    const harmless = await put(bob, "m.room.power_levels", { ...now, users: { ...users, "@carol:hs.test": 50 } });

    expect([refusal(raise), refusal(demote)]).toEqual([
      [403, "M_FORBIDDEN"],
      [403, "M_FORBIDDEN"],
    ]);
    expect(harmless.status).toBe(200);
  });

  test("a ban removes, keeps out and can be lifted", async () => {
    const act = (action: string, user: TestUser = alice): Promise<{ status: number; body: Body }> =>
      server.call("POST", `/rooms/${roomId}/${action}`, {
        token: user.token,
        body: { user_id: bob.userId, reason: "noise" },
      });
    const join = (): Promise<{ status: number; body: Body }> =>
      server.call("POST", `/join/${roomId}`, { token: bob.token, body: {} });

    expect(
      refusal(await server.call("POST", `/rooms/${roomId}/ban`, { token: bob.token, body: { user_id: alice.userId } })),
    ).toEqual([403, "M_FORBIDDEN"]);
    expect((await act("ban")).status).toBe(200);
    expect(refusal(await join())).toEqual([403, "M_FORBIDDEN"]);
    expect((await act("unban")).status).toBe(200);
    expect((await join()).status).toBe(200);
  });

  test("who left can neither send nor read what came later", async () => {
    await server.ok("POST", `/rooms/${roomId}/leave`, { token: bob.token, body: {} });
    const secret = await server.send(alice, roomId, "after");

    const sent = await server.call("PUT", `/rooms/${roomId}/send/m.room.message/t`, { token: bob.token, body: {} });
    const read = await server.call("GET", `/rooms/${roomId}/event/${secret}`, { token: bob.token });
    const page = await server.ok("GET", `/rooms/${roomId}/messages?dir=b`, { token: bob.token });

    expect(refusal(sent)).toEqual([403, "M_FORBIDDEN"]);
    expect(refusal(read)).toEqual([404, "M_NOT_FOUND"]);
    expect(at(page, "chunk", 0, "state_key")).toBe(bob.userId);
    expect((await server.call("POST", `/rooms/${roomId}/leave`, { token: bob.token, body: {} })).status).toBe(200);
  });

  test("strangers see neither state nor members", async () => {
    const carol = await server.register("carol");

    for (const path of ["state", "members", "joined_members", "messages"]) {
      const answer = await server.call("GET", `/rooms/${roomId}/${path}`, { token: carol.token });
      expect([path, ...refusal(answer)]).toEqual([path, 403, "M_FORBIDDEN"]);
    }
  });
});

describe("the door", () => {
  test("tells a visitor name and join rule, but nothing of closed rooms", async () => {
    const open = await server.room(alice, [], { name: "Standup" });
    const closed = await server.room(alice, [], { preset: "private_chat" });

    const summary = await server.ok("GET", `/_matrix/client/unstable/im.nheko.summary/summary/${open}`, {
      token: bob.token,
    });
    const hidden = await server.call("GET", `/_matrix/client/v1/room_summary/${closed}`, { token: bob.token });

    expect(summary).toMatchObject({ room_id: open, name: "Standup", join_rule: "public", num_joined_members: 1 });
    expect(refusal(hidden)).toEqual([404, "M_NOT_FOUND"]);
  });

  test("takes knocks where the rule says so", async () => {
    const rules = [{ type: "m.room.join_rules", content: { join_rule: "knock" } }];
    const roomId = await server.room(alice, [], { initial_state: rules });
    await server.ok("POST", `/knock/${roomId}`, { token: bob.token, body: {} });

    const waiting = await server.sync(bob);
    await server.ok("POST", `/rooms/${roomId}/invite`, { token: alice.token, body: { user_id: bob.userId } });
    const joined = await server.call("POST", `/join/${roomId}`, { token: bob.token, body: {} });

    expect(list(waiting, "rooms", "knock", roomId, "knock_state", "events").length).toBeGreaterThan(0);
    expect(joined.status).toBe(200);
  });
});

test("a new display name reaches every room", async () => {
  const roomId = await server.room(alice, [bob]);

  await server.ok("PUT", `/profile/${bob.userId}/displayname`, { token: bob.token, body: { displayname: "Bob" } });
  const foreign = await server.call("PUT", `/profile/${alice.userId}/displayname`, {
    token: bob.token,
    body: { displayname: "B" },
  });

  expect(await readState(alice, roomId, `m.room.member/${bob.userId}`)).toEqual({
    membership: "join",
    displayname: "Bob",
  });
  expect(await server.ok("GET", `/profile/${bob.userId}`)).toEqual({ displayname: "Bob" });
  expect(refusal(foreign)).toEqual([403, "M_FORBIDDEN"]);
});
