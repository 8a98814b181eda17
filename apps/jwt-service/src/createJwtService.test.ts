import { decodeProtectedHeader, jwtVerify } from "jose";
import { beforeEach, describe, expect, it } from "vitest";

import { LookUpFault } from "./index.ts";
import { SfuCallFailed } from "./sfu.ts";
import { deviceBody, memberBody, openIdToken, SECRET, ServiceLab } from "./testing/ServiceLab.ts";

let lab: ServiceLab;

beforeEach(() => {
  lab = new ServiceLab();
});

function claimsOf(jwt: string) {
  return jwtVerify(jwt, new TextEncoder().encode(SECRET));
}

describe("POST /get_token", () => {
  it("gives a token for the hashed room and identity of the member", async () => {
    const { status, body } = await lab.ask("/get_token", memberBody);

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
    expect((payload.exp ?? 0) - (payload.nbf ?? 0)).toBe(600);
  });

  it("creates the room of the token once before it answers", async () => {
    await lab.ask("/get_token", memberBody);

    expect(lab.sfu.created).toEqual(["hrQ0l3fv1RI0sCBUn3Nu59Bu/b3f7hWXbMLLfFMLNOY"]);
    expect(lab.lookUps).toEqual([{ accessToken: "opaque", serverName: "example.com" }]);
  });

  it("gives a restricted homeserver a token without creating the room", async () => {
    const { status } = await lab.ask("/get_token", memberBody, lab.open(["other.example"]));

    expect({ status, rooms: lab.sfu.created }).toEqual({ status: 200, rooms: [] });
  });

  it("treats a lone star as full access for all", async () => {
    await lab.ask("/get_token", memberBody, lab.open(["*"]));

    expect(lab.sfu.created).toHaveLength(1);
  });

  it("refuses a claimed user that is not the token's", async () => {
    const member = { ...memberBody.member, claimed_user_id: "@bob:example.com" };

    const { status, body } = await lab.ask("/get_token", { ...memberBody, member });

    expect({ status, body, rooms: lab.sfu.created }).toEqual({
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
    const answer = await lab.ask("/get_token", body);

    expect(answer).toMatchObject({ status: 400, body: { errcode: "M_BAD_JSON" } });
    expect(answer.body.error).toContain(`\`${field}\``);
    expect(lab.lookUps).toEqual([]);
  });
});

describe("POST /sfu/get", () => {
  it("gives a token for the room's one slot and an identity in clear", async () => {
    const { status, body } = await lab.ask("/sfu/get", deviceBody);

    const { payload } = await claimsOf(body.jwt);
    expect(status).toBe(200);
    expect(payload).toMatchObject({
      sub: "@alice:example.com:DEVICE",
      video: { room: "krj2dgxw2K6EOm9he4GfQJ6JsSVWfJ8a7BkyjZcSmxs", canPublish: true },
    });
    expect(lab.sfu.created).toEqual(["krj2dgxw2K6EOm9he4GfQJ6JsSVWfJ8a7BkyjZcSmxs"]);
  });

  it("accepts an absent device id", async () => {
    const { body } = await lab.ask("/sfu/get", { room: "!room:example.com", openid_token: openIdToken });

    expect((await claimsOf(body.jwt)).payload.sub).toBe("@alice:example.com:");
  });

  it("names a missing room", async () => {
    const answer = await lab.ask("/sfu/get", { openid_token: openIdToken });

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
    const answer = await lab.ask(path, body);

    expect(answer).toMatchObject({ status: 400, body: { errcode: "M_NOT_JSON" } });
    expect(lab.lookUps).toEqual([]);
  });

  it.each([
    ["delay_id alone", { delay_id: "d" }],
    ["delay_timeout alone", { delay_timeout: 1000 }],
    ["an id that is a step in a path", { delay_id: "..", delay_timeout: 1000 }],
  ])("answers %s with M_BAD_JSON", async (_name, delay) => {
    const answer = await lab.ask(path, { ...good, ...delay });

    expect(answer).toMatchObject({ status: 400, body: { errcode: "M_BAD_JSON" } });
    expect(lab.lookUps).toEqual([]);
  });

  it("treats a timeout of zero without an id as absent", async () => {
    expect((await lab.ask(path, { ...good, delay_timeout: 0 })).status).toBe(200);
  });

  it("answers a huge body with M_TOO_LARGE", async () => {
    const answer = await lab.ask(path, { ...good, delay_cs_api_url: "x".repeat(20_000) });

    expect(answer).toMatchObject({ status: 413, body: { errcode: "M_TOO_LARGE" } });
  });

  it.each([
    ["a refused token", () => Promise.reject(new LookUpFault("refused", "status 401"))],
    ["an unreachable homeserver", () => Promise.reject(new LookUpFault("unreachable", "timed_out"))],
    ["a failing look-up", () => Promise.reject(new Error("broken"))],
    ["a user of another server", () => Promise.resolve("@alice:evil.example")],
    ["a user id without a server", () => Promise.resolve("alice")],
    ["a user id without a name", () => Promise.resolve("@:example.com")],
    ["a user id with a further part", () => Promise.resolve("@alice:example.com:8448")],
  ])("answers %s with M_UNAUTHORIZED", async (_name, answerOf: () => Promise<string>) => {
    lab.userOf = answerOf;

    const answer = await lab.ask(path, good);

    expect(answer).toMatchObject({
      status: 401,
      body: { errcode: "M_UNAUTHORIZED", error: "The request could not be authorised." },
    });
    expect(lab.sfu.created).toEqual([]);
  });

  it("answers a refusing SFU with M_UNKNOWN", async () => {
    lab.sfu.fault = new SfuCallFailed(403, "permission_denied", undefined);
    const refused = await lab.ask(path, good);
    lab.sfu.fault = new Error("no answer");
    const unreachable = await lab.ask(path, good);

    expect(refused).toMatchObject({
      status: 500,
      body: { errcode: "M_UNKNOWN", error: "Unable to create room on SFU" },
    });
    const causes = [refused, unreachable].map(({ headers }) => headers.get("conclave-cause"));
    expect(causes).toEqual(["sfu_refused", "sfu_unreachable"]);
  });

  it("answers 503 once it is closed", async () => {
    const closed = lab.open();
    await closed.close();

    expect(await lab.ask(path, good, closed)).toMatchObject({ status: 503, body: { errcode: "M_UNKNOWN" } });
  });

  it("answers other methods with 405 and no look-up", async () => {
    const response = await lab.open().fetch(new Request(`http://jwt.test${path}`), "192.0.2.1");

    expect(response.status).toBe(405);
    expect(lab.lookUps).toEqual([]);
  });

  it("answers a preflight for any origin", async () => {
    const response = await lab
      .open()
      .fetch(
        new Request(`http://jwt.test${path}`, { method: "OPTIONS", headers: { origin: "https://call.example" } }),
        "192.0.2.1",
      );

    expect(response.status).toBe(200);
    expect(await response.text()).toBe("");
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    expect(response.headers.get("access-control-allow-headers")).toContain("Content-Type");
  });

  it("lets web pages read errors", async () => {
    const { headers } = await lab.ask(path, "{");

    expect(headers.get("access-control-allow-origin")).toBe("*");
    expect(headers.get("content-type")).toBe("application/json");
  });

  it("limits one user and recovers, without limiting another", async () => {
    const target = lab.open(["other.example"]);
    let count = 0;
    const next = () => {
      count += 1;
      return { ...good, openid_token: { ...openIdToken, access_token: `token-${count}` } };
    };
    for (let grant = 0; grant < 10; grant += 1) await lab.ask(path, next(), target);

    const limited = await lab.ask(path, next(), target);
    await lab.clock.advance(limited.body.retry_after_ms ?? 0);
    const later = await lab.ask(path, next(), target);

    expect(limited).toMatchObject({ status: 429, body: { errcode: "M_LIMIT_EXCEEDED" } });
    expect(limited.headers.get("conclave-cause")).toBe("user_limited");
    expect(limited.headers.get("retry-after")).toBe("6");
    expect(later.status).toBe(200);
  });

  it("takes one OpenID token six times a minute", async () => {
    const target = lab.open();
    const statuses: number[] = [];
    for (let use = 0; use < 7; use += 1) statuses.push((await lab.ask(path, good, target)).status);

    expect(statuses).toEqual([200, 200, 200, 200, 200, 200, 429]);
    expect(lab.lookUps).toHaveLength(6);
  });

  it("says nothing about who asked in what it logs", async () => {
    await lab.ask(path, good);
    await lab.ask(path, { ...good, openid_token: { ...openIdToken, access_token: "marked-secret", surprise: 1 } });

    const text = JSON.stringify(lab.lines);
    expect(lab.lines.map(({ message }) => message)).toEqual(["granted", "refused"]);
    for (const secret of ["opaque", "marked-secret", "alice", "DEVICE", "!room"]) expect(text).not.toContain(secret);
  });
});

describe("other routes", () => {
  it.each([
    ["GET", 200],
    ["HEAD", 200],
    ["POST", 405],
    ["OPTIONS", 405],
  ])("answers %s /healthz with %i and no body", async (method, status) => {
    const response = await lab.open().fetch(new Request("http://jwt.test/healthz", { method }), "192.0.2.1");

    expect({ status: response.status, body: await response.text() }).toEqual({ status, body: "" });
  });

  it.each(["/", "/get_token/", "/constructor", "/metrics", "/sfu_webhook/"])("answers %s with 404", async (path) => {
    const response = await lab.open().fetch(new Request(`http://jwt.test${path}`), "192.0.2.1");

    expect(response.status).toBe(404);
  });
});
