import { afterEach, beforeEach, expect, test } from "vitest";

import { all, NAME, roomOf, slide, stateOf, subscribe, texts } from "../testing/sliding.ts";
import { list, TestServer, type Body, type TestUser } from "../testing/TestServer.ts";

const CALL_MEMBER = "org.matrix.msc3401.call.member";

let server: TestServer;
let alice: TestUser;
let bob: TestUser;
let roomId: string;

beforeEach(async () => {
  server = new TestServer();
  alice = await server.register("alice");
  bob = await server.register("bob");
  roomId = await server.room(alice, [bob], { name: "Standup" });
  await writeMember("_a");
});

afterEach(() => server.close());

function writeMember(key: string): Promise<Body> {
  const path = `/rooms/${roomId}/state/${CALL_MEMBER}/${key}`;
  return server.ok("PUT", path, { token: alice.token, body: { key } });
}

async function asked(entries: readonly (readonly string[])[]): Promise<string[]> {
  return stateOf(await slide(server, alice, subscribe(roomId, { required_state: entries, timeline_limit: 0 })), roomId);
}

test("is what the client asks for: keys, any key, any type, itself", async () => {
  const members = [`m.room.member|${alice.userId}`, `m.room.member|${bob.userId}`];

  expect(await asked([["m.room.name", ""]])).toEqual(["m.room.name|"]);
  expect(await asked([[CALL_MEMBER, "*"]])).toEqual([`${CALL_MEMBER}|_a`]);
  expect(await asked([["m.room.member", "$ME"]])).toEqual([members[0]]);
  expect(await asked([["*", "_a"]])).toEqual([`${CALL_MEMBER}|_a`]);
  expect(await asked([["*", "*"]])).toEqual(expect.arrayContaining([...members, "m.room.create|"]) as string[]);
  expect(await asked([])).toEqual([]);
});

test("has members as the timeline needs them, once", async () => {
  const lazy = [
    ["*", "*"],
    ["m.room.member", "$LAZY"],
  ];
  const body = subscribe(roomId, { required_state: lazy, timeline_limit: 1 });
  const membersOf = (answer: Body): string[] =>
    stateOf(answer, roomId).filter((entry) => entry.startsWith("m.room.member"));

  const first = await slide(server, alice, body);
  await server.send(bob, roomId, "one");
  const second = await slide(server, alice, body, { pos: first["pos"] });
  await server.send(bob, roomId, "two");
  const third = await slide(server, alice, body, { pos: second["pos"] });

  expect(membersOf(first)).toEqual([`m.room.member|${alice.userId}`]);
  expect(stateOf(first, roomId)).toContain("m.room.create|");
  expect(membersOf(second)).toEqual([`m.room.member|${bob.userId}`]);
  expect(membersOf(third)).toEqual([]);
});

test("comes for what is newly asked for, and for what has changed beyond the timeline", async () => {
  const first = await slide(server, alice, subscribe(roomId, { timeline_limit: 1 }));
  const wider = { required_state: [...NAME, [CALL_MEMBER, "*"]], timeline_limit: 1 };
  const second = await slide(server, alice, subscribe(roomId, wider), { pos: first["pos"] });
  await writeMember("_b");
  await server.send(alice, roomId, "one");
  await server.send(alice, roomId, "two");
  const third = await slide(server, alice, subscribe(roomId, wider), { pos: second["pos"] });

  expect(stateOf(second, roomId)).toEqual([`${CALL_MEMBER}|_a`]);
  expect(stateOf(third, roomId)).toEqual([`${CALL_MEMBER}|_b`]);
  expect([texts(third, roomId), roomOf(third, roomId)?.["limited"]]).toEqual([["two"], true]);
});

test("a longer timeline is sent at once, and says that it is one", async () => {
  await server.send(alice, roomId, "one");
  await server.send(alice, roomId, "two");
  const first = await slide(server, alice, subscribe(roomId, { timeline_limit: 1 }));

  const second = await slide(server, alice, subscribe(roomId, { timeline_limit: 2 }), { pos: first["pos"] });

  expect(texts(first, roomId)).toEqual(["two"]);
  expect(texts(second, roomId)).toEqual(["one", "two"]);
  expect(roomOf(second, roomId)).toMatchObject({ unstable_expanded_timeline: true, num_live: 0 });
});

test("of several rules is what any of them asks for", async () => {
  const body = {
    ...all({ required_state: NAME, timeline_limit: 1 }),
    ...subscribe(roomId, { required_state: [["m.room.create", ""]], timeline_limit: 3 }),
  };

  const answer = await slide(server, alice, body);

  expect(stateOf(answer, roomId)).toEqual(["m.room.create|", "m.room.name|"]);
  expect(list(roomOf(answer, roomId), "timeline")).toHaveLength(3);
});
