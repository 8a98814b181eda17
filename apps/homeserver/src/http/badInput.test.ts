import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { TestServer, type TestUser } from "../testing/TestServer.ts";

let server: TestServer;
let alice: TestUser;
let roomId: string;

beforeAll(async () => {
  server = new TestServer();
  alice = await server.register("alice");
  roomId = await server.room(alice);
});

afterAll(async () => {
  await server.close();
});

const nested = `${'{"a":'.repeat(100)}1${"}".repeat(100)}`;

describe("is refused with its own code", () => {
  test.each<[string, string, string, unknown, number, string]>([
    ["malformed JSON", "POST", "/createRoom", "{", 400, "M_NOT_JSON"],
    ["an array for an object", "POST", "/createRoom", [], 400, "M_BAD_JSON"],
    ["a field of the wrong type", "POST", "/createRoom", { invite: "@bob:hs.test" }, 400, "M_BAD_JSON"],
    ["an id that is none", "POST", "/createRoom", { invite: ["bob"] }, 400, "M_BAD_JSON"],
    [
      "a body above the limit",
      "PUT",
      "/rooms/ROOM/send/m.room.message/big",
      { body: "x".repeat(70_000) },
      413,
      "M_TOO_LARGE",
    ],
    [
      "an event above the limit",
      "PUT",
      "/rooms/ROOM/send/m.room.message/big2",
      { body: "x".repeat(64_700) },
      413,
      "M_TOO_LARGE",
    ],
    ["a fraction in an event", "PUT", "/rooms/ROOM/send/m.room.message/f", { n: 1.5 }, 400, "M_BAD_JSON"],
    ["an integer beyond 2^53", "PUT", "/rooms/ROOM/send/m.room.message/i", '{"n":9007199254740993}', 400, "M_BAD_JSON"],
    ["endless nesting", "PUT", "/rooms/ROOM/send/m.room.message/d", nested, 400, "M_BAD_JSON"],
    ["an endless event type", "PUT", `/rooms/ROOM/send/${"t".repeat(300)}/e`, {}, 413, "M_TOO_LARGE"],
    ["an unknown room", "PUT", "/rooms/!nope:hs.test/send/m.room.message/u", {}, 404, "M_NOT_FOUND"],
    ["joining an unknown room", "POST", "/join/!nope:hs.test", {}, 404, "M_NOT_FOUND"],
    ["joining an unknown alias", "POST", "/join/%23nope:hs.test", {}, 404, "M_NOT_FOUND"],
    ["state of an unknown room", "GET", "/rooms/!nope:hs.test/state", undefined, 403, "M_FORBIDDEN"],
    ["a second create event", "PUT", "/rooms/ROOM/state/m.room.create/", {}, 403, "M_FORBIDDEN"],
    [
      "an unknown membership",
      "PUT",
      "/rooms/ROOM/state/m.room.member/@alice:hs.test",
      { membership: "guest" },
      403,
      "M_FORBIDDEN",
    ],
    [
      "a member event of an object's own words",
      "PUT",
      "/rooms/ROOM/state/m.room.member/@alice:hs.test",
      { membership: "constructor" },
      403,
      "M_FORBIDDEN",
    ],
    ["a redaction by the back door", "PUT", "/rooms/ROOM/send/m.room.redaction/x", {}, 403, "M_FORBIDDEN"],
    ["a since of another server", "GET", "/sync?since=abc", undefined, 400, "M_INVALID_PARAM"],
    ["an unknown filter", "GET", "/sync?filter=7", undefined, 400, "M_INVALID_PARAM"],
    ["a filter that is not JSON", "GET", "/sync?filter={", undefined, 400, "M_INVALID_PARAM"],
    [
      "a filter of the wrong shape",
      "GET",
      '/sync?filter={"room":{"timeline":{"types":1}}}',
      undefined,
      400,
      "M_BAD_JSON",
    ],
    ["a timeout that is none", "GET", "/sync?timeout=-1", undefined, 400, "M_INVALID_PARAM"],
    ["another user's filter", "POST", "/user/@bob:hs.test/filter", {}, 403, "M_FORBIDDEN"],
    ["another user's OpenID token", "POST", "/user/@bob:hs.test/openid/request_token", {}, 403, "M_FORBIDDEN"],
    [
      "to-device messages that are no objects",
      "PUT",
      "/sendToDevice/t/1",
      { messages: { a: { b: 1 } } },
      400,
      "M_BAD_JSON",
    ],
    ["one-time keys without algorithm", "POST", "/keys/upload", { one_time_keys: { key: "k" } }, 400, "M_BAD_JSON"],
    ["device keys of the wrong shape", "POST", "/keys/upload", { device_keys: { user_id: 1 } }, 400, "M_BAD_JSON"],
    [
      "an unknown delay id",
      "POST",
      "/_matrix/client/unstable/org.matrix.msc4140/delayed_events/nope/send",
      {},
      404,
      "M_NOT_FOUND",
    ],
    ["an unknown route", "GET", "/nothing/here", undefined, 404, "M_UNRECOGNIZED"],
    [
      "the layer C token route",
      "POST",
      "/_matrix/client/unstable/io.element.msc4195/rtc/livekit/get_token",
      {},
      404,
      "M_UNRECOGNIZED",
    ],
    [
      "a place in a sliding sync that nobody was at",
      "POST",
      "/_matrix/client/unstable/org.matrix.simplified_msc3575/sync?pos=abc",
      {},
      400,
      "M_UNKNOWN_POS",
    ],
    ["a wrong method", "DELETE", "/sync", undefined, 405, "M_UNRECOGNIZED"],
    ["an unsupported login", "POST", "/login", { type: "m.login.sso" }, 400, "M_UNKNOWN"],
    ["a login without user", "POST", "/login", { type: "m.login.password" }, 400, "M_INVALID_PARAM"],
  ])("%s", async (_what, ...row) => {
    const [method, path, body, status, errcode] = row;
    const answer = await server.call(method, path.replace("ROOM", roomId), { token: alice.token, body });

    expect([answer.status, answer.body["errcode"]]).toEqual([status, errcode]);
    expect(answer.body["error"]).toBeTypeOf("string");
    expect(answer.headers.get("Access-Control-Allow-Origin")).toBe("*");
    expect(server.faults).toEqual([]);
  });
});

test.each(["/sync", "/account/whoami", "/_matrix/client/v1/rtc/transports", "/capabilities", "/devices"])(
  "%s needs a token that is known",
  async (path) => {
    const without = await server.call("GET", path);
    const wrong = await server.call("GET", path, { token: "wrong" });

    expect([without.status, without.body["errcode"]]).toEqual([401, "M_MISSING_TOKEN"]);
    expect([wrong.status, wrong.body["errcode"]]).toEqual([401, "M_UNKNOWN_TOKEN"]);
  },
);

const messages = (size: number): object => ({
  messages: { "@bob:hs.test": { X: { ciphertext: "x".repeat(size) } } },
});

test("key uploads and to-device batches may be large, up to a mebibyte", async () => {
  const large = await server.call("PUT", "/sendToDevice/t/large", { token: alice.token, body: messages(900_000) });
  const tooLarge = await server.call("PUT", "/sendToDevice/t/larger", {
    token: alice.token,
    body: messages(1_100_000),
  });

  expect([large.status, tooLarge.status]).toEqual([200, 413]);
});

test("a flood of sends by one user is slowed down, others go on", async () => {
  const bob = await server.register("bob");
  let answer = await server.call("PUT", "/sendToDevice/t/0", { token: bob.token, body: { messages: {} } });
  for (let n = 1; n < 300 && answer.status === 200; n++)
    answer = await server.call("PUT", `/sendToDevice/t/${n}`, { token: bob.token, body: { messages: {} } });
  const other = await server.call("PUT", "/sendToDevice/t/other", { token: alice.token, body: { messages: {} } });

  expect([answer.status, answer.body["errcode"], answer.headers.get("Retry-After")]).toEqual([
    429,
    "M_LIMIT_EXCEEDED",
    "1",
  ]);
  expect(other.status).toBe(200);
});
