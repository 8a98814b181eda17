import { silentLogger } from "@conclave/kit";
import { FakeClock } from "@conclave/kit/testing";
import { decodeProtectedHeader, jwtVerify } from "jose";
import { beforeEach, describe, expect, it } from "vitest";

import { createJwtService, type JwtService, type OpenIdToken } from "./index.ts";

const SECRET = "0123456789abcdef0123456789abcdef";
const ALICE = "@alice:example.com";
const openid_token = {
  access_token: "opaque",
  token_type: "Bearer",
  matrix_server_name: "example.com",
  expires_in: 3600,
};
const memberBody = {
  room_id: "!room:example.com",
  slot_id: "m.call#",
  openid_token,
  member: { id: "member-1", claimed_user_id: ALICE, claimed_device_id: "DEVICE" },
};
const deviceBody = { room: "!room:example.com", device_id: "DEVICE", openid_token };

let lookups: OpenIdToken[];
let rooms: string[];
let userOf: (token: OpenIdToken) => Promise<string | undefined>;
let createRoom: (room: string) => Promise<void>;
let clock: FakeClock;

beforeEach(() => {
  lookups = [];
  rooms = [];
  clock = new FakeClock();
  userOf = () => Promise.resolve(ALICE);
  createRoom = (room) => {
    rooms.push(room);
    return Promise.resolve();
  };
});

function service(fullAccessHomeservers: readonly string[] = ["example.com"]): JwtService {
  return createJwtService(
    {
      clock,
      logger: silentLogger,
      openIdUser: (token) => {
        lookups.push(token);
        return userOf(token);
      },
      createRoom: (room) => createRoom(room),
    },
    { livekitUrl: "wss://sfu.example.com", livekitKey: "devkey", livekitSecret: SECRET, fullAccessHomeservers },
  );
}

function post(path: string, body: unknown): Request {
  return new Request(`http://jwt.test${path}`, {
    method: "POST",
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

async function ask(path: string, body: unknown, target: JwtService = service()) {
  const response = await target.fetch(post(path, body), "192.0.2.1");
  return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) as Answer };
}

interface Answer {
  readonly url: string;
  readonly jwt: string;
  readonly errcode: string;
  readonly error: string;
  readonly retry_after_ms?: number;
}

function claimsOf(jwt: string) {
  return jwtVerify(jwt, new TextEncoder().encode(SECRET), { currentDate: new Date() });
}

describe("POST /get_token", () => {
  it("gives a token for the hashed room and identity of the member", async () => {
    const { status, body } = await ask("/get_token", memberBody);

    const { payload } = await claimsOf(body.jwt);
    expect({ status, url: body.url }).toEqual({ status: 200, url: "wss://sfu.example.com" });
    expect(decodeProtectedHeader(body.jwt)).toMatchObject({ alg: "HS256" });
    expect(payload).toMatchObject({
      iss: "devkey",
      sub: "vYVt8NUMTb0rAawkFqilcAtxKgY26U3Ab7R9INviNnU",
      video: {
        roomJoin: true,
        room: "hrQ0l3fv1RI0sCBUn3Nu59Bu/b3f7hWXbMLLfFMLNOY",
        canPublish: true,
        canSubscribe: true,
        canUpdateOwnMetadata: true,
      },
    });
    expect(payload["video"]).not.toHaveProperty("roomCreate");
    expect((payload.exp ?? 0) - (payload.nbf ?? 0)).toBe(3600);
  });

  it("creates the room of the token once before it answers", async () => {
    await ask("/get_token", memberBody);

    expect(rooms).toEqual(["hrQ0l3fv1RI0sCBUn3Nu59Bu/b3f7hWXbMLLfFMLNOY"]);
    expect(lookups).toEqual([{ accessToken: "opaque", serverName: "example.com" }]);
  });

  it("gives a restricted homeserver a token without creating the room", async () => {
    const { status } = await ask("/get_token", memberBody, service(["other.example"]));

    expect({ status, rooms }).toEqual({ status: 200, rooms: [] });
  });

  it("treats a lone star as full access for all", async () => {
    await ask("/get_token", memberBody, service(["*"]));

    expect(rooms).toHaveLength(1);
  });

  it("refuses a claimed user that is not the token's", async () => {
    const member = { ...memberBody.member, claimed_user_id: "@bob:example.com" };

    const { status, body } = await ask("/get_token", { ...memberBody, member });

    expect({ status, body, rooms }).toEqual({
      status: 401,
      body: { errcode: "M_UNAUTHORIZED", error: "The request could not be authorised." },
      rooms: [],
    });
  });

  it.each([
    ["room_id", { ...memberBody, room_id: "" }],
    ["slot_id", { ...memberBody, slot_id: null }],
    ["member.id", { ...memberBody, member: { ...memberBody.member, id: undefined } }],
    ["member.claimed_device_id", { ...memberBody, member: { ...memberBody.member, claimed_device_id: "" } }],
    ["member.claimed_user_id", { ...memberBody, member: null }],
    ["openid_token.access_token", { ...memberBody, openid_token: { matrix_server_name: "example.com" } }],
    ["openid_token.matrix_server_name", { ...memberBody, openid_token: { access_token: "opaque" } }],
  ])("names %s when it is missing, without a look-up", async (field, body) => {
    const answer = await ask("/get_token", body);

    expect(answer).toMatchObject({ status: 400, body: { errcode: "M_BAD_JSON" } });
    expect(answer.body.error).toContain(`\`${field}\``);
    expect(lookups).toEqual([]);
  });
});

describe("POST /sfu/get", () => {
  it("gives a token for the room's one slot and an identity in clear", async () => {
    const { status, body } = await ask("/sfu/get", deviceBody);

    const { payload } = await claimsOf(body.jwt);
    expect(status).toBe(200);
    expect(payload).toMatchObject({
      sub: "@alice:example.com:DEVICE",
      video: { room: "krj2dgxw2K6EOm9he4GfQJ6JsSVWfJ8a7BkyjZcSmxs", canPublish: true },
    });
    expect(rooms).toEqual(["krj2dgxw2K6EOm9he4GfQJ6JsSVWfJ8a7BkyjZcSmxs"]);
  });

  it("accepts an absent device id", async () => {
    const { body } = await ask("/sfu/get", { room: "!room:example.com", openid_token });

    expect((await claimsOf(body.jwt)).payload.sub).toBe("@alice:example.com:");
  });

  it("names a missing room", async () => {
    const answer = await ask("/sfu/get", { openid_token });

    expect(answer).toMatchObject({ status: 400, body: { errcode: "M_BAD_JSON" } });
    expect(answer.body.error).toContain("`room`");
  });
});

describe.each([
  ["/get_token", memberBody],
  ["/sfu/get", deviceBody],
])("refusals of %s", (path, good) => {
  it.each([
    ["no JSON", "{"],
    ["an empty body", ""],
    ["an array", "[]"],
    ["an unknown field", JSON.stringify({ ...good, surprise: 1 })],
    ["a wrong type", JSON.stringify({ ...good, openid_token: "opaque" })],
    ["a fraction", JSON.stringify({ ...good, delay_id: "d", delay_timeout: 1.5 })],
  ])("answers %s with M_NOT_JSON and no look-up", async (_name, body) => {
    const answer = await ask(path, body);

    expect(answer).toMatchObject({ status: 400, body: { errcode: "M_NOT_JSON" } });
    expect(lookups).toEqual([]);
  });

  it.each([
    ["delay_id alone", { delay_id: "d" }],
    ["delay_timeout alone", { delay_timeout: 1000 }],
    ["a delegated leave", { delay_id: "d", delay_timeout: 1000 }],
  ])("answers %s with M_BAD_JSON", async (_name, delay) => {
    const answer = await ask(path, { ...good, ...delay });

    expect(answer).toMatchObject({ status: 400, body: { errcode: "M_BAD_JSON" } });
    expect(lookups).toEqual([]);
  });

  it("treats a timeout of zero without an id as absent", async () => {
    expect((await ask(path, { ...good, delay_timeout: 0 })).status).toBe(200);
  });

  it("answers a huge body with M_TOO_LARGE", async () => {
    const answer = await ask(path, { ...good, delay_cs_api_url: "x".repeat(20_000) });

    expect(answer).toMatchObject({ status: 413, body: { errcode: "M_TOO_LARGE" } });
  });

  it.each([
    ["a refused token", () => Promise.resolve(undefined)],
    ["a failing look-up", () => Promise.reject(new Error("unreachable"))],
    ["a user of another server", () => Promise.resolve("@alice:evil.example")],
    ["a user id without a server", () => Promise.resolve("alice")],
  ])("answers %s with M_UNAUTHORIZED", async (_name, answerOf: () => Promise<string | undefined>) => {
    userOf = answerOf;

    const answer = await ask(path, good);

    expect(answer).toMatchObject({
      status: 401,
      body: { errcode: "M_UNAUTHORIZED", error: "The request could not be authorised." },
    });
    expect(rooms).toEqual([]);
  });

  it("answers a refusing SFU with M_UNKNOWN", async () => {
    createRoom = () => Promise.reject(new Error("full"));

    expect(await ask(path, good)).toMatchObject({
      status: 500,
      body: { errcode: "M_UNKNOWN", error: "Unable to create room on SFU" },
    });
  });

  it("answers 503 once it is closed", async () => {
    const closed = service();
    await closed.close();

    expect(await ask(path, good, closed)).toMatchObject({ status: 503, body: { errcode: "M_UNKNOWN" } });
  });

  it("answers other methods with 405 and no look-up", async () => {
    const response = await service().fetch(new Request(`http://jwt.test${path}`), "192.0.2.1");

    expect(response.status).toBe(405);
    expect(lookups).toEqual([]);
  });

  it("answers a preflight for any origin", async () => {
    const response = await service().fetch(
      new Request(`http://jwt.test${path}`, { method: "OPTIONS", headers: { origin: "https://call.example" } }),
      "192.0.2.1",
    );

    expect(response.status).toBe(200);
    expect(await response.text()).toBe("");
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    expect(response.headers.get("access-control-allow-headers")).toContain("Content-Type");
  });

  it("lets web pages read errors", async () => {
    const { headers } = await ask(path, "{");

    expect(headers.get("access-control-allow-origin")).toBe("*");
    expect(headers.get("content-type")).toBe("application/json");
  });

  it("limits one address and recovers, without limiting another", async () => {
    const target = service();
    for (let count = 0; count < 200; count += 1) await ask(path, good, target);

    const limited = await ask(path, good, target);
    const other = await target.fetch(post(path, good), "192.0.2.2");
    await clock.advance(limited.body.retry_after_ms ?? 0);
    const later = await ask(path, good, target);

    expect(limited).toMatchObject({ status: 429, body: { errcode: "M_LIMIT_EXCEEDED" } });
    expect(limited.headers.get("retry-after")).toBe("1");
    expect({ other: other.status, later: later.status }).toEqual({ other: 200, later: 200 });
  });
});

describe("other routes", () => {
  it.each([
    ["GET", 200],
    ["HEAD", 200],
    ["POST", 405],
    ["OPTIONS", 405],
  ])("answers %s /healthz with %i and no body", async (method, status) => {
    const response = await service().fetch(new Request("http://jwt.test/healthz", { method }), "192.0.2.1");

    expect({ status: response.status, body: await response.text() }).toEqual({ status, body: "" });
  });

  it.each(["/", "/get_token/", "/constructor", "/sfu_webhook"])("answers %s with 404", async (path) => {
    const response = await service().fetch(new Request(`http://jwt.test${path}`), "192.0.2.1");

    expect(response.status).toBe(404);
  });
});
