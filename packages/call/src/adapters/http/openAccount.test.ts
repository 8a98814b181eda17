import { Scope, silentLogger } from "@conclave/kit";
import { FakeClock, seededRandom } from "@conclave/kit/testing";
import { describe, expect, onTestFinished, test } from "vitest";

import type { StoredAccount } from "../../matrixAccount.ts";
import { HomeserverClient } from "./HomeserverClient.ts";
import { openAccount, type OpenAccountDeps } from "./openAccount.ts";
import { type MemoryAccountStore, memoryAccountStore } from "./testing/memoryAccountStore.ts";
import { credentialsOf, refuse, TinyHomeserver } from "./testing/TinyHomeserver.ts";

const HOMESERVER = "https://tiny.example";

function setUp(stored?: StoredAccount): {
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
    clock: new FakeClock(),
    signal: scope.signal,
  });
  const deps: OpenAccountDeps = {
    client,
    account,
    cryptoStoreName: "test",
    isPersistent: true,
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

  test("tries another name when the first one is taken", async () => {
    const { server, deps } = setUp();
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
    const { server, account, deps } = setUp(STORED);
    server.on("POST", /login/, () => refuse(500, ""));
    const clock = new FakeClock();
    const client = new HomeserverClient({
      homeserverUrl: HOMESERVER,
      fetch: server.fetch,
      clock,
      signal: new AbortController().signal,
    });

    const opening = expect(openAccount({ ...deps, client })).rejects.toMatchObject({ code: "homeserver_unreachable" });
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
  const { account, deps } = setUp(STORED);

  const opened = await openAccount({ ...deps, isPersistent: false });

  expect(opened.account.userId).not.toBe(STORED.userId);
  expect(opened.storeName).toBeUndefined();
  expect(account.current()).toEqual(STORED);
});
