import { settlePromises } from "@conclave/kit/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { TestServer, type Answer, type Body } from "../testing/TestServer.ts";

const LIFE_MS = 300_000;
const GET_TOKEN = "/_matrix/client/v1/login/get_token";

let server: TestServer;

beforeEach(() => {
  server = new TestServer();
});

afterEach(() => server.close());

/** Registers with a renewable session. */
async function register(name = "alice"): Promise<Body> {
  const body = { username: name, device_id: "DEV", auth: { type: "m.login.dummy" }, refresh_token: true };
  return server.ok("POST", "/register", { body });
}

function refresh(token: unknown): Promise<Answer> {
  return server.call("POST", "/refresh", { body: { refresh_token: token } });
}

async function works(accessToken: unknown): Promise<boolean> {
  return (await whoAmI(accessToken)).status === 200;
}

function whoAmI(accessToken: unknown): Promise<Answer> {
  return server.call("GET", "/account/whoami", { token: String(accessToken) });
}

function logIn(token: unknown): Promise<Answer> {
  return server.call("POST", "/login", { body: { type: "m.login.token", token, refresh_token: true } });
}

async function loginToken(): Promise<unknown> {
  const { access_token: token } = await register();
  const call = { token: String(token), body: { auth: { type: "m.login.dummy" } } };
  return (await server.ok("POST", GET_TOKEN, call))["login_token"];
}

describe("an access token", () => {
  test("never ends unless its client asked for one that can be renewed", async () => {
    const plain = await server.ok("POST", "/register", { body: { username: "bob", auth: { type: "m.login.dummy" } } });
    await server.clock.advance(10 * LIFE_MS);

    expect(plain).not.toHaveProperty("refresh_token");
    expect(await works(plain["access_token"])).toBe(true);
  });

  test("ends softly when its time is over, and the session goes on with the renewed one", async () => {
    const first = await register();
    await server.clock.advance(LIFE_MS);

    const refused = await whoAmI(first["access_token"]);
    const second = await refresh(first["refresh_token"]);
    const who = await whoAmI(second.body["access_token"]);

    expect(first["expires_in_ms"]).toBe(LIFE_MS);
    expect([refused.status, refused.body]).toEqual([
      401,
      expect.objectContaining({ errcode: "M_UNKNOWN_TOKEN", soft_logout: true }),
    ]);
    expect(second.body).toMatchObject({ expires_in_ms: LIFE_MS });
    expect(who.body).toMatchObject({ user_id: "@alice:hs.test", device_id: "DEV" });
  });

  test("ends a sync that waits with it", async () => {
    const first = await register();
    const token = String(first["access_token"]);
    const { next_batch: since } = await server.ok("GET", "/sync", { token });
    await server.clock.advance(LIFE_MS - 1_000);
    const waiting = server.call("GET", `/sync?since=${String(since)}&timeout=30000`, { token });
    await settlePromises();
    await server.clock.advance(30_000);

    expect((await waiting).body).toMatchObject({ errcode: "M_UNKNOWN_TOKEN", soft_logout: true });
  });
});

describe("a refresh token", () => {
  test("works until what it brought is used: an answer may have been lost", async () => {
    const first = await register();
    const lost = await refresh(first["refresh_token"]);
    const second = await refresh(first["refresh_token"]);
    const old = [await works(first["access_token"]), await works(lost.body["access_token"])];

    const used = await works(second.body["access_token"]);
    const after = [await works(first["access_token"]), (await refresh(first["refresh_token"])).status];

    expect([old, used, after]).toEqual([[true, false], true, [false, 401]]);
  });

  test("ends when the next one is used, without an access token in between", async () => {
    const first = await register();
    const second = await refresh(first["refresh_token"]);
    const third = await refresh(second.body["refresh_token"]);

    expect((await refresh(first["refresh_token"])).status).toBe(401);
    // An old access token that is still on its way must not undo the renewal.
    expect(await works(second.body["access_token"])).toBe(true);
    expect(await works(third.body["access_token"])).toBe(true);
    expect((await refresh(second.body["refresh_token"])).status).toBe(401);
  });

  test("ends with its session, and with a new login on its device", async () => {
    const first = await register();
    await server.ok("POST", "/logout", { token: String(first["access_token"]) });

    const refused = await refresh(first["refresh_token"]);

    expect(refused.body).toMatchObject({ errcode: "M_UNKNOWN_TOKEN", soft_logout: false });
  });

  test("is no access token, and an access token is none", async () => {
    const first = await register();

    expect(await works(first["refresh_token"])).toBe(false);
    expect((await refresh(first["access_token"])).status).toBe(401);
  });
});

describe("a login token", () => {
  test("opens one more device, once", async () => {
    const token = await loginToken();

    const opened = await logIn(token);
    const again = await logIn(token);

    expect(opened.body).toMatchObject({ user_id: "@alice:hs.test", refresh_token: expect.any(String) as string });
    expect(opened.body["device_id"]).not.toBe("DEV");
    expect([again.status, again.body["errcode"]]).toEqual([403, "M_FORBIDDEN"]);
  });

  test("opens nothing after its time, nor for whoever made one up", async () => {
    const token = await loginToken();
    await server.clock.advance(120_000);

    expect((await logIn(token)).status).toBe(403);
    expect((await logIn("made up")).status).toBe(403);
    expect((await logIn(undefined)).status).toBe(403);
  });

  test("is given to whoever proves again who they are", async () => {
    const { access_token: token } = await register();

    const asked = await server.call("POST", GET_TOKEN, { token: String(token), body: {} });

    expect(asked.status).toBe(401);
    expect(asked.body["flows"]).toEqual([{ stages: ["m.login.dummy"] }]);
  });
});
