import { Secret, silentLogger } from "@conclave/kit";
import { FakeClock } from "@conclave/kit/testing";
import { describe, expect, it } from "vitest";

import type { Target, TargetOptions } from "./model.ts";
import { openTarget } from "./openTarget.ts";
import { FakeInstallation, refuse } from "./testing/FakeInstallation.ts";

const SECRET = "the-registration-secret";

function open(servers: FakeInstallation, options: TargetOptions = {}): Promise<Target> {
  let count = 0;
  return openTarget(
    {
      clock: new FakeClock(),
      logger: silentLogger,
      randomBytes: (length) => new Uint8Array(length).fill(++count),
      fetch: servers.fetch,
      resolve: (host) => Promise.resolve([host === "localhost" ? "127.0.0.1" : "203.0.113.9"]),
    },
    { url: servers.url, ...options },
  );
}

const given = (userId: string, password: string): NonNullable<TargetOptions["accounts"]>[number] => ({
  userId,
  login: { type: "password", password: new Secret(password) },
});

const V3 = "/_matrix/client/v3";
const TRANSPORTS = "GET /_matrix/client/unstable/org.matrix.msc4143/rtc/transports";
const WELL_KNOWN = "GET /.well-known/matrix/client";

describe("opening a target", () => {
  it.each<[string, string, (servers: FakeInstallation) => void]>([
    ["nobody answers", "unreachable", (s) => s.on("GET /_matrix/client/versions", () => new TypeError("fetch failed"))],
    ["it is a web site", "not_a_homeserver", (s) => s.on("GET /_matrix/client/versions", () => new Response("<html>"))],
    ["guests are refused", "registration_closed", (s) => s.on(`POST ${V3}/register`, () => refuse(403, "M_FORBIDDEN"))],
    [
      "guests must solve a puzzle",
      "registration_closed",
      (s) =>
        s.on(`POST ${V3}/register`, () =>
          Response.json({ session: "s", flows: [{ stages: ["m.login.recaptcha"] }] }, { status: 401 }),
        ),
    ],
    ["no SFU is announced", "no_sfu", (s) => s.on(TRANSPORTS, () => ({ rtc_transports: [] }))],
    [
      "the well-known file lacks transports",
      "half_configured",
      (s) => {
        s.on(TRANSPORTS, () => refuse(404, "M_UNRECOGNIZED"));
        s.on(WELL_KNOWN, () => ({ "m.homeserver": { base_url: s.url } }));
      },
    ],
    [
      "the well-known file has a transport without a URL",
      "half_configured",
      (s) => {
        s.on(TRANSPORTS, () => refuse(404, "M_UNRECOGNIZED"));
        s.on(WELL_KNOWN, () => ({ "org.matrix.msc4143.rtc_foci": [{ type: "livekit" }] }));
      },
    ],
    [
      "the SFU's authorisation service is on the internet",
      "foreign_host",
      (s) =>
        s.on(TRANSPORTS, () => ({ rtc_transports: [{ type: "livekit", livekit_service_url: "https://jwt.example" }] })),
    ],
    [
      "the SFU is on the internet",
      "foreign_host",
      (s) => s.on("POST /jwt/", () => ({ url: "wss://sfu.example", jwt: "j" })),
    ],
    [
      "the authorisation service is down",
      "jwt_unreachable",
      (s) => s.on("POST /jwt/", () => new TypeError("fetch failed")),
    ],
    ["there is none", "jwt_unreachable", (s) => s.on("POST /jwt/", () => new Response("", { status: 404 }))],
    ["it refuses", "jwt_refused", (s) => s.on("POST /jwt/", () => refuse(401, "M_UNAUTHORIZED"))],
    ["it fails", "jwt_refused", (s) => s.on("POST /jwt/", () => refuse(500, "M_UNKNOWN"))],
    ["the SFU is down", "sfu_unreachable", (s) => s.on("GET /sfu/", () => new TypeError("fetch failed"))],
    ["the SFU has another key", "sfu_refused", (s) => s.on("GET /sfu/", () => new Response("", { status: 401 }))],
  ])("fails when %s: %s", async (_what, code, breakIt) => {
    const servers = new FakeInstallation();
    breakIt(servers);

    const fault = await open(servers).catch((error: unknown) => error as Error);

    expect(fault).toMatchObject({ code });
    expect((fault as Error).message).toMatch(/^[A-Z"a-z][^\n]+[.?]$/);
    expect((fault as Error).message).not.toMatch(/openid|token-|grant"/);
  });

  it("removes what it made when it fails late", async () => {
    const servers = new FakeInstallation();
    servers.on("GET /sfu/", () => new Response("", { status: 401 }));

    await expect(open(servers)).rejects.toMatchObject({ code: "sfu_refused" });

    expect(servers.seen(`POST ${V3}/rooms/!room`).map(({ url }) => url.pathname.split("/").at(-1))).toEqual([
      "leave",
      "forget",
    ]);
    expect(servers.seen(`POST ${V3}/account/deactivate`)).toHaveLength(2);
  });

  it("goes by the service that was given where the homeserver names none", async () => {
    const servers = new FakeInstallation();
    servers.on(TRANSPORTS, () => refuse(404, "M_UNRECOGNIZED"));

    const target = await open(servers, { fallbackServiceUrl: `${servers.url}/jwt` });

    expect(target.fallbackServiceUrl).toBe(`${servers.url}/jwt`);
  });

  it("waits as long as a homeserver with limits asks", async () => {
    const servers = new FakeInstallation();
    const clock = new FakeClock();
    let refusals = 2;
    servers.on(`POST ${V3}/createRoom`, () =>
      refusals-- > 0 ? refuse(429, "M_LIMIT_EXCEEDED", { retry_after_ms: 5000 }) : { room_id: "!late:fake" },
    );
    const opened = openTarget(
      {
        clock,
        logger: silentLogger,
        randomBytes: (length) => new Uint8Array(length),
        fetch: servers.fetch,
        resolve: () => Promise.resolve(["127.0.0.1"]),
      },
      { url: servers.url },
    );

    await clock.advance(10_000);

    expect((await opened).kind).toBe("homeserver");
    expect(servers.seen(`POST ${V3}/createRoom`)).toHaveLength(3);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe("accounts", () => {
  it("made by bots themselves are noted, kicked and deactivated", async () => {
    const servers = new FakeInstallation();
    const target = await open(servers);
    const store = await target.accountFor(7);
    expect(await store.load()).toBeUndefined();
    await expect(target.kick(7, "!r:fake")).rejects.toMatchObject({ code: "no_account" });
    await store.save({
      homeserverUrl: servers.url,
      userId: "@bot7:fake",
      deviceId: "D",
      accessToken: "t7",
      password: "p",
    });

    await target.kick(7, "!r:fake");
    expect(await target.close({ keep: false })).toEqual([]);

    expect(servers.seen(`POST ${V3}/rooms/!r:fake/kick`)[0]?.body).toEqual({ user_id: "@bot7:fake" });
    const proofs = servers
      .seen(`POST ${V3}/account/deactivate`)
      .map(({ body }) => body["auth"])
      .filter(Boolean);
    expect(proofs).toHaveLength(2);
  });

  it("that lost their session are logged in again to be deactivated", async () => {
    const servers = new FakeInstallation();
    const target = await open(servers);
    target.noteAccount(1, {
      homeserverUrl: servers.url,
      userId: "@gone:fake",
      deviceId: "D",
      accessToken: "ended",
      password: "p",
    });
    servers.on(`POST ${V3}/account/deactivate`, ({ token, body }) => {
      if (token === "ended") return refuse(401, "M_UNKNOWN_TOKEN");
      return body["auth"] === undefined ? refuse(401, "", { session: "s" }) : {};
    });

    expect(await target.close({ keep: false })).toEqual([]);

    expect(servers.seen(`POST ${V3}/login`)).toHaveLength(1);
  });

  it("that cannot be removed are named, and nothing is lost by that", async () => {
    const servers = new FakeInstallation();
    const target = await open(servers);
    await target.createRoom({ isEncrypted: true });
    servers.on(`POST ${V3}/account/deactivate`, () => refuse(500, "M_UNKNOWN"));
    servers.on(`DELETE ${V3}/directory/room/`, () => new TypeError("fetch failed"));

    const left = await target.close({ keep: false });

    expect(left.map(({ kind }) => kind)).toEqual(["room", "account"]);
    expect(left.map(({ reason }) => reason).join()).not.toContain("token");
  });

  it("are kept where that is asked", async () => {
    const servers = new FakeInstallation();
    const target = await open(servers);
    const { roomId } = await target.createRoom({ isEncrypted: true });

    const left = await target.close({ keep: true });

    expect(left.map(({ id }) => id)).toContain(roomId);
    expect(servers.seen(`POST ${V3}/account/deactivate`)).toEqual([]);
  });

  it("are made and removed with the registration secret by an administrator", async () => {
    const servers = new FakeInstallation();
    servers.on("GET /_synapse/admin/v1/register", () => ({ nonce: "n" }));
    servers.on("POST /_synapse/admin/v1/register", ({ body }) => ({
      user_id: `@${String(body["username"])}:fake`,
      device_id: "D",
      access_token: body["admin"] === true ? "admin" : "user",
    }));
    servers.on("POST /_synapse/admin/v1/deactivate", () => ({}));
    servers.on("DELETE /_synapse/admin/v2/rooms", () => ({}));
    const target = await open(servers, { sharedSecret: new Secret(SECRET) });
    const store = await target.accountFor(0);
    expect(await store.load()).toMatchObject({ accessToken: "user" });

    expect(await target.close({ keep: false })).toEqual([]);

    expect(servers.seen("POST /_synapse/admin/v1/deactivate").map(({ token }) => token)).toEqual(["admin", "admin"]);
    expect(servers.seen("DELETE /_synapse/admin/v2/rooms")).toHaveLength(1);
    expect(JSON.stringify(servers.requests)).not.toContain(SECRET);
  });

  it("are not made with a wrong secret, nor where there is no such thing", async () => {
    const servers = new FakeInstallation();
    const options = { sharedSecret: new Secret(SECRET) };
    await expect(open(servers, options)).rejects.toMatchObject({ code: "registration_closed" });
    servers.on("GET /_synapse/admin/v1/register", () => ({ nonce: "n" }));
    servers.on("POST /_synapse/admin/v1/register", () => refuse(403, "M_UNKNOWN"));

    await expect(open(servers, options)).rejects.toMatchObject({ code: "wrong_credentials" });
  });

  it("that were lent are logged out and never deactivated", async () => {
    const servers = new FakeInstallation();
    servers.on(`POST ${V3}/login`, () => ({ user_id: "@a:fake", device_id: "OWN", access_token: "keeper" }));
    const target = await open(servers, { accounts: [given("@a:fake", "p")] });
    const store = await target.accountFor(0);
    await store.save({
      homeserverUrl: servers.url,
      userId: "@a:fake",
      deviceId: "BOT",
      accessToken: "bot",
      password: "p",
    });
    await expect(target.accountFor(1)).rejects.toMatchObject({ code: "accounts_used_up" });

    expect(await target.close({ keep: false })).toEqual([]);

    expect(servers.seen(`POST ${V3}/logout`).map(({ token }) => token)).toEqual(["bot", "keeper"]);
    expect(servers.seen(`POST ${V3}/account/deactivate`)).toEqual([]);
  });

  it("that were lent are not deactivated, even if a bot tells of them as its own", async () => {
    const servers = new FakeInstallation();
    servers.on(`POST ${V3}/login`, () => ({ user_id: "@a:fake", device_id: "OWN", access_token: "keeper" }));
    const target = await open(servers, { accounts: [given("@a:fake", "p")] });
    await target.accountFor(0);

    target.noteAccount(0, { homeserverUrl: servers.url, userId: "@a:fake", deviceId: "BOT", accessToken: "bot" });
    await target.close({ keep: false });

    expect(servers.seen(`POST ${V3}/account/deactivate`)).toEqual([]);
    expect(servers.seen(`POST ${V3}/logout`).map(({ token }) => token)).toContain("bot");
  });

  it("are asked for a few at a time", async () => {
    const servers = new FakeInstallation();
    servers.on("GET /_synapse/admin/v1/register", () => ({ nonce: "n" }));
    const asked = { now: 0, most: 0 };
    servers.on("POST /_synapse/admin/v1/register", async ({ body }) => {
      asked.most = Math.max(asked.most, ++asked.now);
      await new Promise(setImmediate);
      asked.now--;
      return { user_id: `@${String(body["username"])}:fake`, device_id: "D", access_token: "t" };
    });
    const target = await open(servers, { sharedSecret: new Secret(SECRET) });

    await Promise.all(Array.from({ length: 30 }, (_, bot) => target.accountFor(bot)));

    expect(asked.most).toBe(4);
  });

  it("that were lent with a wrong password do not turn into guests", async () => {
    const servers = new FakeInstallation();
    servers.on(`POST ${V3}/login`, () => ({ user_id: "@a:fake", device_id: "OWN", access_token: "keeper" }));
    const target = await open(servers, { accounts: [given("@a:fake", "p"), given("@b:fake", "later wrong")] });
    servers.on(`POST ${V3}/login`, () => ({ user_id: "@b:fake", device_id: "B", access_token: "b" }));
    const store = await target.accountFor(1);
    const guest = { homeserverUrl: servers.url, userId: "@guest:fake", deviceId: "D", accessToken: "g", password: "x" };

    await expect(store.save(guest)).rejects.toMatchObject({ code: "wrong_credentials" });
    await target.close({ keep: false });

    expect(servers.seen(`POST ${V3}/account/deactivate`).map(({ token }) => token)).toContain("g");
  });

  it("whose first password is wrong stop the run at once", async () => {
    const servers = new FakeInstallation();
    servers.on(`POST ${V3}/login`, () => refuse(403, "M_FORBIDDEN"));

    await expect(open(servers, { accounts: [given("@a:fake", "p")] })).rejects.toMatchObject({
      code: "wrong_credentials",
    });
  });
});

describe("a link", () => {
  const config = { homeserverUrl: "http://localhost:1", livekitServiceUrl: "http://localhost:1/jwt" };

  it("leads to its room, and no other is made for bots", async () => {
    const servers = new FakeInstallation();
    servers.on("GET http://localhost:2/config.json", () => config);

    const target = await open(servers, { url: "http://localhost:2/r/known" });

    expect(target).toMatchObject({ kind: "link", homeserverUrl: servers.url, webAppUrl: "http://localhost:2" });
    expect(await target.createRoom({ isEncrypted: true })).toEqual({ roomId: "!known:fake", linkId: "known" });
    // The clock's.
    expect(servers.seen(`POST ${V3}/createRoom`)).toHaveLength(1);
  });

  it("to a room that nobody knows is refused", async () => {
    const servers = new FakeInstallation();
    servers.on("GET http://localhost:2/config.json", () => config);

    await expect(open(servers, { url: "http://localhost:2/r/unknown" })).rejects.toMatchObject({
      code: "room_not_found",
    });
  });

  it("to a site without a call app is refused", async () => {
    const servers = new FakeInstallation();
    servers.on("GET http://localhost:2/config.json", () => new Response("<html>"));

    await expect(open(servers, { url: "http://localhost:2/r/known" })).rejects.toMatchObject({ code: "not_a_link" });
  });

  it("whose app or address names a homeserver on the internet is refused", async () => {
    const servers = new FakeInstallation();
    servers.on("GET http://localhost:2/config.json", () => ({ homeserverUrl: "https://example.org" }));

    await expect(open(servers, { url: "http://localhost:2/r/known" })).rejects.toMatchObject({ code: "foreign_host" });
    await expect(
      open(servers, { url: "http://localhost:2/r/known?homeserver=https%3A%2F%2Fexample.org" }),
    ).rejects.toMatchObject({ code: "foreign_host" });
    expect(servers.seen("GET https://example.org")).toEqual([]);
  });
});

describe("the fetch of a bot", () => {
  it("follows no redirects and claims no address at a server that is not ours", async () => {
    const servers = new FakeInstallation();
    const inits: (RequestInit | undefined)[] = [];
    const fetch: typeof globalThis.fetch = (input, init) => {
      inits.push(init);
      return servers.fetch(input, init);
    };
    const target = await openTarget(
      {
        clock: new FakeClock(),
        logger: silentLogger,
        randomBytes: (length) => new Uint8Array(length),
        fetch,
        resolve: () => Promise.resolve(["127.0.0.1"]),
      },
      { url: servers.url },
    );

    await target.fetchFor(300)(`${servers.url}/_matrix/client/versions`, { headers: { a: "b" } });

    expect(inits.every((init) => init?.redirect === "error")).toBe(true);
    expect([...new Headers(inits.at(-1)?.headers)]).toEqual([["a", "b"]]);
  });
});
