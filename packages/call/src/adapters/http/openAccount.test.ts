import { Scope, Secret, silentLogger } from "@conclave/kit";
import { FakeClock, seededRandom } from "@conclave/kit/testing";
import { describe, expect, onTestFinished, test } from "vitest";

import type { MatrixLogin, StoredAccount } from "../../matrixAccount.ts";
import { AccountKeeper } from "./AccountKeeper.ts";
import { HomeserverClient } from "./HomeserverClient.ts";
import { openAccount, type OpenAccountDeps } from "./openAccount.ts";
import { ChosenSync } from "./slidingSync/ChosenSync.ts";
import { type MemoryAccountStore, memoryAccountStore } from "./testing/memoryAccountStore.ts";
import { credentialsOf, refuse, TinyHomeserver } from "./testing/TinyHomeserver.ts";

const HOMESERVER = "https://tiny.example";

function setUp(
  stored?: StoredAccount,
  clock: FakeClock = new FakeClock(),
  { isPersistent = true, login }: { readonly isPersistent?: boolean; readonly login?: MatrixLogin } = {},
): {
  readonly server: TinyHomeserver;
  readonly account: MemoryAccountStore;
  readonly deps: OpenAccountDeps;
} {
  const scope = new Scope();
  onTestFinished(() => scope.end());
  const server = new TinyHomeserver();
  const account = memoryAccountStore(stored);
  const random = seededRandom(7);
  const { fetch } = server;
  const client = new HomeserverClient({
    homeserverUrl: HOMESERVER,
    fetch,
    clock,
    signal: scope.signal,
  });
  const keeper = new AccountKeeper({ client, store: account, clock, logger: silentLogger, isPersistent });
  const userId = (): string => keeper.account?.userId ?? "";
  const deps: OpenAccountDeps = {
    client,
    keeper,
    source: new ChosenSync({ client, clock, logger: silentLogger, way: "auto", userId }),
    cryptoStoreName: "test",
    isPersistent,
    login,
    clock,
    randomBytes: (lengthBytes) => random.bytes(lengthBytes),
    logger: silentLogger,
  };
  return { server, account, deps };
}

const STORED: StoredAccount = {
  homeserverUrl: HOMESERVER,
  userId: "@alice:tiny.example",
  deviceId: "LOST",
  accessToken: "token-of-LOST",
  password: "the password",
  displayName: "Alice",
};

describe("a first visit", () => {
  test("registers a guest in one request and keeps the account", async () => {
    const { server, account, deps } = setUp();

    const opened = await openAccount(deps);

    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]?.body).toMatchObject({
      auth: { type: "m.login.dummy" },
      username: expect.stringMatching(/^guest-[0-9a-f]{16}$/) as string,
      inhibit_login: false,
    });
    expect(account.current()).toEqual(opened.account);
    expect(opened.account.homeserverUrl).toBe(HOMESERVER);
  });

  test("takes a second request where the homeserver wants its session back", async () => {
    const { server, deps } = setUp();
    server.on("POST", /register/, ({ body }) =>
      (body["auth"] as { session?: string }).session === "S"
        ? credentialsOf(server.addDevice("@g:tiny.example"))
        : Response.json({ session: "S", flows: [{ stages: ["m.login.dummy"] }], params: {} }, { status: 401 }),
    );

    const opened = await openAccount(deps);

    expect(opened.account.userId).toBe("@g:tiny.example");
    expect(server.requests).toHaveLength(2);
  });

  test("repeats a registration whose answer was lost, and opens the account that it made", async () => {
    const clock = new FakeClock();
    const { server, account, deps } = setUp(undefined, clock);
    const made = new Map<unknown, unknown>();
    server.on("POST", /register/, ({ body }) => {
      if (made.has(body["username"])) return refuse(400, "M_USER_IN_USE");
      made.set(body["username"], body["password"]);
      return Promise.reject(new TypeError("network"));
    });
    server.on("POST", /login/, ({ body }) => {
      const { user } = body["identifier"] as { user: string };
      const isRight = made.get(user) === body["password"];
      return isRight ? credentialsOf(server.addDevice(`@${user}:tiny.example`)) : refuse(403, "M_FORBIDDEN");
    });

    const opening = openAccount(deps);
    await clock.advance(1_000);
    const opened = await opening;

    expect(made.size).toBe(1);
    expect(opened.account.userId).toBe(`@${String([...made.keys()][0])}:tiny.example`);
    expect(account.current()).toEqual(opened.account);
  });

  test("tries another name when the first one is taken", async () => {
    const { server, deps } = setUp();
    server.on("POST", /login/, () => refuse(403, "M_FORBIDDEN"));
    const names = new Set<unknown>();
    server.on("POST", /register/, ({ body }) => {
      names.add(body["username"]);
      return names.size === 1 ? refuse(400, "M_USER_IN_USE") : credentialsOf(server.addDevice("@g:tiny.example"));
    });

    await openAccount(deps);

    expect(names.size).toBe(2);
  });

  test("fails as unsupported where guests need more than a dummy stage", async () => {
    const { server, deps } = setUp();
    server.on("POST", /register/, () =>
      Response.json({ session: "S", flows: [{ stages: ["m.login.recaptcha"] }] }, { status: 401 }),
    );

    await expect(openAccount(deps)).rejects.toMatchObject({ code: "unsupported" });
  });

  test("fails as forbidden where registration is closed", async () => {
    const { server, deps } = setUp();
    server.on("POST", /register/, () => refuse(403, "M_FORBIDDEN"));

    await expect(openAccount(deps)).rejects.toMatchObject({ code: "forbidden" });
  });
});

describe("a stored account whose keys are gone", () => {
  test("logs in as a new device of the same user and takes the lost one off", async () => {
    const { server, account, deps } = setUp(STORED);
    server.on("POST", /login/, ({ body }) =>
      body["password"] === "the password" ? credentialsOf(server.addDevice(STORED.userId)) : refuse(403, "M_FORBIDDEN"),
    );

    const opened = await openAccount(deps);

    expect(opened.account).toMatchObject({ userId: STORED.userId, displayName: "Alice", password: "the password" });
    expect(opened.account.deviceId).not.toBe("LOST");
    expect(account.current()).toEqual(opened.account);
    const logout = server.requests.find(({ path }) => path.endsWith("/logout"));
    expect(logout?.headers.get("authorization")).toBe("Bearer token-of-LOST");
  });

  test("becomes a new guest when the password is not taken", async () => {
    const { server, deps } = setUp(STORED);
    server.on("POST", /login/, () => refuse(403, "M_FORBIDDEN"));

    const opened = await openAccount(deps);

    expect(opened.account.userId).toMatch(/^@guest-/);
    expect(opened.account.displayName).toBeUndefined();
  });

  test("is kept when the homeserver does not answer", async () => {
    const clock = new FakeClock();
    const { server, account, deps } = setUp(STORED, clock);
    server.on("POST", /login/, () => refuse(500, ""));

    const opening = expect(openAccount(deps)).rejects.toMatchObject({ code: "homeserver_unreachable" });
    await clock.advance(5000);
    await opening;

    expect(account.current()).toEqual(STORED);
  });
});

test("an account of another homeserver is not used", async () => {
  const { server, deps } = setUp({ ...STORED, homeserverUrl: "https://other.example" });

  await openAccount(deps);

  expect(server.requests.map(({ path }) => path)).toEqual(["/_matrix/client/v3/register"]);
});

test("a second tab becomes a guest of its own and leaves the stored account alone", async () => {
  const { account, deps } = setUp(STORED, new FakeClock(), { isPersistent: false });

  const opened = await openAccount(deps);

  expect(opened.account.userId).not.toBe(STORED.userId);
  expect(opened.storeName).toBeUndefined();
  expect(account.current()).toEqual(STORED);
});

function takeLogins(server: TinyHomeserver): void {
  server.on("POST", /login/, ({ body }) => {
    const isRight = body["password"] === "correct horse" || body["token"] === "once";
    if (!isRight) return refuse(403, "M_FORBIDDEN");
    const tokens = body["refresh_token"] === true ? { refresh_token: "r1", expires_in_ms: 300_000 } : {};
    return { ...credentialsOf(server.addDevice("@alice:tiny.example")), ...tokens };
  });
}

describe("somebody who logs in", () => {
  const password: MatrixLogin = { type: "password", user: "alice", password: new Secret("correct horse") };

  test.each<[string, MatrixLogin, object]>([
    [
      "with a password",
      password,
      {
        type: "m.login.password",
        identifier: { type: "m.id.user", user: "alice" },
        password: "correct horse",
        refresh_token: true,
      },
    ],
    ["with a login token", { type: "token", token: new Secret("once") }, { type: "m.login.token", token: "once" }],
  ])("%s is a new device of the account, with tokens to renew", async (_how, login, body) => {
    const clock = new FakeClock();
    const { server, account, deps } = setUp(undefined, clock, { login });
    takeLogins(server);

    const opened = await openAccount(deps);

    expect(server.requests[0]?.body).toMatchObject(body);
    expect(opened).toMatchObject({ account: { userId: "@alice:tiny.example" }, isNewDevice: true });
    expect(account.current()).toMatchObject({ refreshToken: "r1", expiresAtMs: clock.nowMs() + 300_000 });
    expect(account.current()).not.toHaveProperty("password");
  });

  test("wrongly is refused and does not become a guest", async () => {
    const login: MatrixLogin = { ...password, password: new Secret("battery staple") };
    const { server, account, deps } = setUp(undefined, new FakeClock(), { login });
    takeLogins(server);

    await expect(openAccount(deps)).rejects.toMatchObject({ code: "forbidden" });
    expect(server.count("POST", /register/)).toBe(0);
    expect(account.current()).toBeUndefined();
  });

  test("with the access token of a device without keys is that device", async () => {
    const { server, deps } = setUp(undefined, new FakeClock(), {
      login: { type: "access_token", accessToken: new Secret("token-of-DEVICE1") },
    });
    const device = server.addDevice("@alice:tiny.example");
    server.on("GET", /whoami/, () => ({ user_id: device.userId, device_id: device.deviceId }));

    const opened = await openAccount(deps);

    expect(opened.account).toMatchObject({
      userId: device.userId,
      deviceId: device.deviceId,
      accessToken: device.token,
    });
  });

  test("with the access token of a device whose keys are elsewhere is refused", async () => {
    const { server, deps } = setUp(undefined, new FakeClock(), {
      login: { type: "access_token", accessToken: new Secret("token-of-DEVICE1") },
    });
    const device = server.addDevice("@alice:tiny.example");
    device.keys = { user_id: device.userId };
    server.on("GET", /whoami/, () => ({ user_id: device.userId, device_id: device.deviceId }));

    await expect(openAccount(deps)).rejects.toMatchObject({ code: "unsupported" });
  });

  test("takes the place of a stored guest, and is not asked again as long as the stored account is theirs", async () => {
    const guest = setUp({ ...STORED, userId: "@guest-1:tiny.example" }, new FakeClock(), { login: password });
    takeLogins(guest.server);
    const own = setUp(STORED, new FakeClock(), { login: password });

    const replaced = await openAccount(guest.deps);
    await openAccount(own.deps).catch(() => {});

    expect(replaced.account.userId).toBe("@alice:tiny.example");
    // In Node keys do not stay, so a device is made anew, but of the stored account's own password.
    expect(own.server.requests[0]?.body).toMatchObject({ password: "the password" });
  });
});
