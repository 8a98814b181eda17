import { settlePromises } from "@conclave/kit/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { all, askSliding, roomOf, slide, stateOf, subscribe, texts } from "../testing/sliding.ts";
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

function leave(user: TestUser, roomId: string): Promise<Body> {
  return server.ok("POST", `/rooms/${roomId}/leave`, { token: user.token, body: {} });
}

describe("a connection", () => {
  test("tells a room whole at first, and then only what is new", async () => {
    const roomId = await server.room(alice, [], { name: "Standup" });
    await server.send(alice, roomId, "one");

    const first = await slide(server, alice, all());
    await server.send(alice, roomId, "two");
    const second = await slide(server, alice, all(), { pos: first["pos"] });
    const third = await slide(server, alice, all(), { pos: second["pos"] });

    expect(roomOf(first, roomId)).toMatchObject({ initial: true, name: "Standup", joined_count: 1, limited: true });
    expect(stateOf(first, roomId)).toEqual(["m.room.name|"]);
    expect(texts(first, roomId)).toEqual(["one"]);
    expect(roomOf(second, roomId)).not.toHaveProperty("initial");
    expect(roomOf(second, roomId)).not.toHaveProperty("name");
    expect([texts(second, roomId), roomOf(second, roomId)?.["num_live"]]).toEqual([["two"], 1]);
    expect(third["rooms"]).toEqual({});
  });

  test("answers the same position again, with what has come meanwhile", async () => {
    const roomId = await server.room(alice);
    const first = await slide(server, alice, all());
    await server.send(alice, roomId, "one");

    const lost = await slide(server, alice, all(), { pos: first["pos"] });
    await server.send(alice, roomId, "two");
    const again = await slide(server, alice, all(), { pos: first["pos"] });

    expect(texts(lost, roomId)).toEqual(["one"]);
    expect(texts(again, roomId)).toEqual(["one", "two"]);
  });

  test("refuses positions that it does not know: long past ones, other devices', those of another connection", async () => {
    await server.room(alice);
    const first = await slide(server, alice, all());
    let last = first;
    for (let n = 0; n < 6; n++) last = await slide(server, alice, all(), { pos: last["pos"] });

    const answers = [
      await askSliding(server, alice, all(), { pos: first["pos"] }),
      await askSliding(server, bob, all(), { pos: last["pos"] }),
      await askSliding(server, alice, { ...all(), conn_id: "other" }, { pos: last["pos"] }),
      await askSliding(server, alice, all(), { pos: "nonsense" }),
    ];

    expect(answers.map(({ status, body }) => [status, body["errcode"]])).toEqual(
      Array.from({ length: 4 }, () => [400, "M_UNKNOWN_POS"]),
    );
    expect((await askSliding(server, alice, all(), { pos: last["pos"] })).status).toBe(200);
  });

  test.each([
    ["noticed", true],
    ["not noticed, and answered later", false],
  ])("goes on from the request that took the place of one given up, which was %s", async (_what, isNoticed) => {
    const roomId = await server.room(alice);
    const { pos } = await slide(server, alice, {});
    const giveUp = new AbortController();
    const waiting = askSliding(server, alice, {}, { pos, timeout: 30_000, signal: giveUp.signal }).catch(() => {});
    await settlePromises();

    const second = await slide(server, alice, subscribe(roomId), { pos, timeout: 30_000 });
    if (isNoticed) giveUp.abort();
    await server.clock.advance(30_000);
    await waiting;
    const third = await slide(server, alice, subscribe(roomId), { pos: second["pos"] });

    expect(roomOf(second, roomId)).toMatchObject({ initial: true });
    expect(third["rooms"]).toEqual({});
  });

  test("waits for news and has them at once", async () => {
    const roomId = await server.room(alice, [bob]);
    const { pos } = await slide(server, alice, all());
    let arrived: Body | undefined;

    const waiting = slide(server, alice, all(), { pos, timeout: 30_000 }).then((answer) => (arrived = answer));
    await settlePromises();
    const before = arrived;
    await server.send(bob, roomId, "hello");
    await waiting;

    expect(before).toBeUndefined();
    expect(texts(arrived ?? {}, roomId)).toEqual(["hello"]);
  });

  test("ends the wait empty after its time, and at once for a room that is newly asked for", async () => {
    const roomId = await server.room(alice);
    const { pos } = await slide(server, alice, {});
    const waiting = slide(server, alice, {}, { pos, timeout: 10_000 });
    await server.clock.advance(10_000);
    const empty = await waiting;

    const subscribed = await slide(server, alice, subscribe(roomId), { pos: empty["pos"], timeout: 30_000 });

    expect(empty["rooms"]).toEqual({});
    expect(roomOf(subscribed, roomId)).toMatchObject({ initial: true });
  });

  test("says nothing more once its session has ended", async () => {
    await server.room(alice);
    const { pos } = await slide(server, alice, all());
    const waiting = askSliding(server, alice, all(), { pos, timeout: 30_000 });
    await settlePromises();

    await server.ok("POST", "/logout", { token: alice.token, body: {} });
    await server.clock.advance(30_000);

    expect((await waiting).body["errcode"]).toBe("M_UNKNOWN_TOKEN");
  });
});

describe("a list", () => {
  test("has the rooms with the latest events, as far as its range goes", async () => {
    const rooms = [await server.room(alice), await server.room(alice), await server.room(alice)];
    await server.send(alice, rooms[0] ?? "", "bump");

    const answer = await slide(server, alice, all({ ranges: [[0, 1]] }));

    expect(at(answer, "lists", "all")).toEqual({
      count: 3,
      ops: [{ op: "SYNC", range: [0, 1], room_ids: [rooms[0], rooms[2]] }],
    });
    expect(Object.keys(answer["rooms"] as object).toSorted()).toEqual([rooms[0] ?? "", rooms[2] ?? ""].toSorted());
  });

  test("brings a room that comes into its range up to date, without what the client has", async () => {
    const [old, fresh] = [await server.room(alice), await server.room(alice)];
    const first = await slide(server, alice, all());
    await server.send(alice, old, "one");
    await server.send(alice, fresh, "on top");
    const narrow = await slide(server, alice, all({ ranges: [[0, 0]] }), { pos: first["pos"] });
    await server.send(alice, old, "two");
    const back = await slide(server, alice, all({ ranges: [[0, 0]] }), { pos: narrow["pos"] });

    expect(roomOf(narrow, old)).toBeUndefined();
    expect(roomOf(back, old)).not.toHaveProperty("initial");
    expect([texts(back, old), roomOf(back, old)?.["num_live"]]).toEqual([["one", "two"], 1]);
  });

  test("filters by invitation, encryption, kind and direct chats", async () => {
    const encryption = { type: "m.room.encryption", state_key: "", content: { algorithm: "m.megolm.v1.aes-sha2" } };
    const encrypted = await server.room(alice, [], { initial_state: [encryption] });
    const space = await server.room(alice, [], { creation_content: { type: "m.space" } });
    const invited = await server.room(bob, [], { invite: [alice.userId] });
    await server.ok("PUT", `/user/${alice.userId}/account_data/m.direct`, {
      token: alice.token,
      body: { [bob.userId]: [encrypted] },
    });
    const through = async (filters: Body): Promise<string[]> => {
      const answer = await slide(server, alice, all({ filters }));
      return Object.keys(answer["rooms"] as object).toSorted();
    };

    expect(await through({ is_invite: true })).toEqual([invited]);
    expect(await through({ is_encrypted: true })).toEqual([encrypted]);
    expect(await through({ is_dm: true })).toEqual([encrypted]);
    expect(await through({ not_room_types: ["m.space"] })).toEqual([encrypted, invited].toSorted());
    expect(await through({ room_types: ["m.space"] })).toEqual([space]);
  });

  test("shows an invitation as what it says, and the room once it is joined", async () => {
    const roomId = await server.room(bob, [], { name: "Secret", invite: [alice.userId] });
    const first = await slide(server, alice, all());
    const quiet = await slide(server, alice, all(), { pos: first["pos"] });
    await server.ok("POST", `/join/${roomId}`, { token: alice.token, body: {} });
    const joined = await slide(server, alice, all(), { pos: quiet["pos"] });

    expect(list(roomOf(first, roomId), "invite_state").map(({ type }) => type)).toContain("m.room.name");
    expect(roomOf(first, roomId)).not.toHaveProperty("required_state");
    expect(quiet["rooms"]).toEqual({});
    expect(roomOf(joined, roomId)).toMatchObject({ initial: true, name: "Secret", joined_count: 2 });
  });
});

describe("leaving", () => {
  test("is told once, with nothing that came after it", async () => {
    const roomId = await server.room(alice, [bob]);
    const config = {
      required_state: [
        ["m.room.member", "$ME"],
        ["m.room.topic", ""],
      ],
    };
    const first = await slide(server, bob, all(config));
    await server.send(alice, roomId, "before");
    await leave(bob, roomId);
    await server.send(alice, roomId, "after");
    const topic = { token: alice.token, body: { topic: "after" } };
    await server.ok("PUT", `/rooms/${roomId}/state/m.room.topic/`, topic);

    const told = await slide(server, bob, all(config), { pos: first["pos"] });
    const quiet = await slide(server, bob, all(config), { pos: told["pos"] });

    expect(texts(told, roomId)).toEqual(["before"]);
    expect(list(roomOf(told, roomId), "required_state").map((event) => at(event, "content", "membership"))).toEqual([
      "leave",
    ]);
    expect(quiet["rooms"]).toEqual({});
    expect(at(await slide(server, bob, all()), "lists", "all", "count")).toBe(0);
  });

  test("does not end in silence: whoever comes back gets the room anew", async () => {
    const roomId = await server.room(alice, [bob]);
    const body = subscribe(roomId);
    const first = await slide(server, bob, body);
    await leave(bob, roomId);
    const left = await slide(server, bob, body, { pos: first["pos"] });
    await server.ok("POST", `/join/${roomId}`, { token: bob.token, body: {} });

    const back = await slide(server, bob, body, { pos: left["pos"] });

    expect(roomOf(back, roomId)).toMatchObject({ initial: true, joined_count: 2 });
  });

  test("a subscription to somebody else's room says nothing", async () => {
    const roomId = await server.room(alice, [], { name: "Secret" });

    expect((await slide(server, bob, subscribe(roomId)))["rooms"]).toEqual({});
  });
});

describe("a malformed request is refused", () => {
  test.each<[string, unknown]>([
    ["no object", []],
    ["a list without state", { lists: { a: { timeline_limit: 1 } } }],
    ["a range that ends before it begins", all({ ranges: [[5, 1]] })],
    ["a negative range", all({ ranges: [[-1, 1]] })],
    ["state that is no pair", all({ required_state: [["m.room.name"]] })],
    ["an endless timeline", all({ timeline_limit: 10_000 })],
    ["a token of another server", { extensions: { to_device: { enabled: true, since: "abc" } } }],
    ["too many lists", { lists: Object.fromEntries(Array.from({ length: 101 }, (_, n) => [n, {}])) }],
  ])("%s", async (_what, body) => {
    const answer = await askSliding(server, alice, body as Body);

    expect([answer.status, answer.body["errcode"]]).toEqual([400, "M_BAD_JSON"]);
  });
});
