import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { at, list, TestServer } from "../testing/TestServer.ts";

let server: TestServer;

beforeEach(() => {
  server = new TestServer();
});

afterEach(() => server.close());

describe("registration", () => {
  test("offers the dummy stage, then makes account and device", async () => {
    const offer = await server.call("POST", "/register", { body: {} });
    const auth = { type: "m.login.dummy", session: offer.body["session"] };
    const account = await server.ok("POST", "/register", { body: { username: "Ana", password: "x", auth } });
    const me = await server.ok("GET", "/account/whoami", { token: String(account["access_token"]) });

    expect(offer.status).toBe(401);
    expect(offer.body["flows"]).toEqual([{ stages: ["m.login.dummy"] }]);
    expect(account["user_id"]).toBe("@ana:hs.test");
    expect(me).toEqual({ user_id: "@ana:hs.test", device_id: account["device_id"], is_guest: false });
  });

  test("makes up a name for whoever does not bring one", async () => {
    const first = await server.ok("POST", "/register", { body: { auth: { type: "m.login.dummy" } } });
    const second = await server.ok("POST", "/register", { body: { auth: { type: "m.login.dummy" } } });

    expect(first["user_id"]).toMatch(/^@[a-z0-9_-]+:hs\.test$/);
    expect(second["user_id"]).not.toBe(first["user_id"]);
  });

  test.each([
    ["a taken name", { username: "ALICE" }, 400, "M_USER_IN_USE"],
    ["a name with a space", { username: "a b" }, 400, "M_INVALID_USERNAME"],
    ["a name of another server", { username: "@mallory:other.test" }, 400, "M_INVALID_USERNAME"],
    ["an endless name", { username: "a".repeat(300) }, 400, "M_INVALID_USERNAME"],
  ])("refuses %s", async (_what, body, status, errcode) => {
    await server.register("alice");

    const answer = await server.call("POST", "/register", { body: { ...body, auth: { type: "m.login.dummy" } } });

    expect([answer.status, answer.body["errcode"]]).toEqual([status, errcode]);
  });

  test("refuses the guest kind, so that clients register an ordinary account", async () => {
    const answer = await server.call("POST", "/register?kind=guest", { body: {} });

    expect([answer.status, answer.body["errcode"]]).toEqual([403, "M_GUEST_ACCESS_FORBIDDEN"]);
  });

  test("lets thirty accounts register from one address at once and slows a flood down", async () => {
    for (let count = 0; count < 30; count++) await server.register(`user${count}`);
    let answer = await server.call("POST", "/register", { body: {} });
    for (let count = 0; count < 100 && answer.status !== 429; count++)
      answer = await server.call("POST", "/register", { body: {} });
    const elsewhere = await server.call("POST", "/register", { body: {}, address: "198.51.100.7" });

    expect(answer.body["errcode"]).toBe("M_LIMIT_EXCEEDED");
    expect(answer.headers.get("Retry-After")).toBe("1");
    expect(answer.body["retry_after_ms"]).toBeGreaterThan(0);
    expect(elsewhere.status).toBe(401);
    await server.clock.advance(Number(answer.body["retry_after_ms"]));
    expect((await server.call("POST", "/register", { body: {} })).status).toBe(401);
  });
});

const login = (password: string): object => ({
  type: "m.login.password",
  identifier: { type: "m.id.user", user: "alice" },
  password,
});

/** Hashing passwords is slow on purpose. */
const HASHING_TIMEOUT_MS = 30_000;

describe("sessions", { timeout: HASHING_TIMEOUT_MS }, () => {
  beforeEach(async () => {
    const body = { username: "alice", password: "correct horse", auth: { type: "m.login.dummy" } };
    await server.ok("POST", "/register", { body });
  });

  test("log in with the right password only", async () => {
    const right = await server.ok("POST", "/login", { body: login("correct horse") });
    const wrong = await server.call("POST", "/login", { body: login("battery staple") });
    const nobody = await server.call("POST", "/login", {
      body: { ...login("x"), identifier: { type: "m.id.user", user: "nobody" } },
    });

    expect(right["user_id"]).toBe("@alice:hs.test");
    expect([wrong.status, wrong.body["errcode"]]).toEqual([403, "M_FORBIDDEN"]);
    expect([nobody.status, nobody.body]).toEqual([403, wrong.body]);
  });

  test("end with logout, and the device goes with them", async () => {
    const first = await server.ok("POST", "/login", { body: login("correct horse") });
    const second = await server.ok("POST", "/login", { body: login("correct horse") });

    await server.ok("POST", "/logout", { token: String(first["access_token"]) });
    const after = await server.call("GET", "/account/whoami", { token: String(first["access_token"]) });
    const devices = await server.ok("GET", "/devices", { token: String(second["access_token"]) });

    expect([after.status, after.body["errcode"]]).toEqual([401, "M_UNKNOWN_TOKEN"]);
    expect(list(devices, "devices").map((device) => device["device_id"])).not.toContain(first["device_id"]);
    expect(list(devices, "devices").map((device) => device["device_id"])).toContain(second["device_id"]);
  });

  test("log in again on a device replaces its token and keeps its keys", async () => {
    const body = { ...login("correct horse"), device_id: "PHONE" };
    const first = await server.ok("POST", "/login", { body });
    const token = String(first["access_token"]);
    await server.ok("POST", "/keys/upload", {
      token,
      body: { one_time_keys: { "signed_curve25519:A": { key: "a" } } },
    });

    const second = await server.ok("POST", "/login", { body });
    const counts = await server.ok("POST", "/keys/upload", { token: String(second["access_token"]), body: {} });

    expect((await server.call("GET", "/account/whoami", { token })).status).toBe(401);
    expect(at(counts, "one_time_key_counts", "signed_curve25519")).toBe(1);
  });

  test("delete a device only with the password", async () => {
    const mine = await server.ok("POST", "/login", { body: { ...login("correct horse"), device_id: "MINE" } });
    await server.ok("POST", "/login", { body: { ...login("correct horse"), device_id: "OLD" } });
    const token = String(mine["access_token"]);

    const challenge = await server.call("DELETE", "/devices/OLD", { token, body: {} });
    const wrong = await server.call("DELETE", "/devices/OLD", {
      token,
      body: { auth: { type: "m.login.password", password: "no" } },
    });
    await server.ok("DELETE", "/devices/OLD", {
      token,
      body: { auth: { type: "m.login.password", password: "correct horse" } },
    });

    expect([challenge.status, at(challenge.body, "flows", 0, "stages")]).toEqual([401, ["m.login.password"]]);
    expect([wrong.status, wrong.body["errcode"]]).toEqual([401, "M_FORBIDDEN"]);
    expect((await server.call("GET", "/devices/OLD", { token })).status).toBe(404);
  });

  test("store neither password nor token in clear", async () => {
    const session = await server.ok("POST", "/login", { body: login("correct horse") });
    const unknown = await server.call("GET", "/account/whoami", { token: `${String(session["access_token"])}x` });

    expect(unknown.status).toBe(401);
    expect(server.faults.join()).not.toContain("correct horse");
  });
});
