import { afterEach, beforeEach, expect, test } from "vitest";

import { at, TestServer } from "../testing/TestServer.ts";

const TRANSPORT = { type: "livekit", livekit_service_url: "https://hs.test/livekit/jwt" };

let server: TestServer;

beforeEach(() => {
  server = new TestServer();
});

afterEach(() => server.close());

test("versions tell the features that calls look for", async () => {
  const answer = await server.ok("GET", "/_matrix/client/versions");

  expect(answer["versions"]).toContain("v1.11");
  expect(answer["unstable_features"]).toMatchObject({
    "org.matrix.msc4140": true,
    "org.matrix.msc4354": true,
    "org.matrix.msc4143": true,
    "org.matrix.simplified_msc3575": true,
  });
});

test("well-known names the server and its transports", async () => {
  expect(await server.ok("GET", "/.well-known/matrix/client")).toEqual({
    "m.homeserver": { base_url: "https://hs.test" },
    "org.matrix.msc4143.rtc_foci": [TRANSPORT],
  });
  expect(await server.ok("GET", "/.well-known/matrix/server")).toEqual({ "m.server": "hs.test:443" });
});

test.each(["/_matrix/client/unstable/org.matrix.msc4143/rtc/transports", "/_matrix/client/v1/rtc/transports"])(
  "%s answers under both keys",
  async (path) => {
    const { token } = await server.register("alice");

    expect(await server.ok("GET", path, { token })).toEqual({ rtc_transports: [TRANSPORT], transports: [TRANSPORT] });
  },
);

test("capabilities tell the longest delay", async () => {
  const { token } = await server.register("alice");
  const answer = await server.ok("GET", "/capabilities", { token });

  expect(at(answer, "capabilities", "org.matrix.msc4140.delayed_events", "max_delay_ms")).toBe(24 * 3_600_000);
});

test("every answer allows every origin, and preflights are remembered", async () => {
  const preflight = await server.call("OPTIONS", "/sync");
  const answer = await server.call("GET", "/_matrix/client/versions");

  expect(preflight.status).toBe(204);
  expect(preflight.headers.get("Access-Control-Allow-Headers")).toContain("Authorization");
  expect(preflight.headers.get("Access-Control-Max-Age")).toBe("86400");
  expect(answer.headers.get("Access-Control-Allow-Origin")).toBe("*");
});

test("an OpenID token proves its user for an hour, over HTTP and in the process", async () => {
  const alice = await server.register("alice");
  const token = await server.ok("POST", `/user/${alice.userId}/openid/request_token`, { token: alice.token, body: {} });
  const accessToken = String(token["access_token"]);
  const path = "/_matrix/federation/v1/openid/userinfo";

  expect(token).toMatchObject({ token_type: "Bearer", matrix_server_name: "hs.test", expires_in: 3600 });
  expect(await server.ok("GET", `${path}?access_token=${accessToken}`)).toEqual({ sub: alice.userId });
  expect(server.homeserver.openIdUser(accessToken)).toBe(alice.userId);
  expect(server.homeserver.openIdUser(alice.token)).toBeUndefined();
  expect((await server.call("GET", "/account/whoami", { token: accessToken })).status).toBe(401);
  expect((await server.call("GET", path)).body["errcode"]).toBe("M_MISSING_TOKEN");

  await server.clock.advance(3_600_000);
  const late = await server.call("GET", `${path}?access_token=${accessToken}`);

  expect([late.status, late.body["errcode"]]).toEqual([401, "M_UNKNOWN_TOKEN"]);
});

test("what clients ask at start and can do without is answered", async () => {
  const { token } = await server.register("alice");

  expect(await server.ok("GET", "/voip/turnServer", { token })).toEqual({});
  expect(at(await server.ok("GET", "/pushrules/", { token }), "global", "override", 0, "rule_id")).toBe(
    ".m.rule.master",
  );
  expect((await server.call("GET", "/room_keys/version", { token })).status).toBe(404);
});
