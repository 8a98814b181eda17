import { type Logger, Scope, silentLogger } from "@conclave/kit";
import { FakeClock } from "@conclave/kit/testing";
import { describe, expect, onTestFinished, test } from "vitest";

import type { StoredAccount } from "../../matrixAccount.ts";
import { AccountKeeper } from "./AccountKeeper.ts";
import { HomeserverClient } from "./HomeserverClient.ts";
import { memoryAccountStore } from "./testing/memoryAccountStore.ts";
import { refuse } from "./testing/TinyHomeserver.ts";

const PATH = "/_matrix/client/v3/account/whoami";
const LIFE_MS = 300_000;

/** A homeserver that knows one access token and one refresh token, and replaces both when asked. */
function setUp(change: Partial<StoredAccount> = {}, logger: Logger = silentLogger) {
  const scope = new Scope();
  onTestFinished(() => scope.end());
  const clock = new FakeClock();
  const asked: string[] = [];
  const valid = { access: "a1", refresh: "r1", serial: 1 };
  const faults: Response[] = [];
  const fetch = (input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    const { pathname } = new URL(input as string);
    const token = new Headers(init.headers).get("authorization")?.replace("Bearer ", "");
    asked.push(`${pathname.split("/").at(-1)} ${token ?? "-"}`);
    const fault = pathname.endsWith("/refresh") ? faults.shift() : undefined;
    if (fault) return Promise.resolve(fault);
    if (!pathname.endsWith("/refresh"))
      return Promise.resolve(
        token === valid.access ? Response.json({}) : refuse(401, "M_UNKNOWN_TOKEN", { soft_logout: true }),
      );
    const { refresh_token: given } = JSON.parse(init.body as string) as { refresh_token: string };
    if (given !== valid.refresh) return Promise.resolve(refuse(401, "M_UNKNOWN_TOKEN", { soft_logout: false }));
    valid.serial += 1;
    valid.access = `a${valid.serial}`;
    valid.refresh = `r${valid.serial}`;
    return Promise.resolve(
      Response.json({ access_token: valid.access, refresh_token: valid.refresh, expires_in_ms: LIFE_MS }),
    );
  };
  const client = new HomeserverClient({ homeserverUrl: "https://hs.example", fetch, clock, signal: scope.signal });
  const store = memoryAccountStore();
  const keeper = new AccountKeeper({ client, store, clock, logger, isPersistent: true });
  const account: StoredAccount = {
    homeserverUrl: "https://hs.example",
    userId: "@alice:hs.example",
    deviceId: "DEVICE",
    accessToken: "a1",
    refreshToken: "r1",
    expiresAtMs: clock.nowMs() + LIFE_MS,
    ...change,
  };
  keeper.use(account);
  const ask = (): Promise<unknown> => client.json({ method: "GET", path: PATH });
  return { clock, keeper, store, asked, valid, faults, ask };
}

describe("an access token that ends", () => {
  test("is renewed a minute before, once for all requests, and what is kept is the new pair", async () => {
    const { clock, store, asked, ask } = setUp();
    await clock.advance(LIFE_MS - 60_001);
    await ask();
    await clock.advance(1);

    await Promise.all([ask(), ask(), ask()]);

    expect(asked).toEqual(["whoami a1", "refresh -", "whoami a2", "whoami a2", "whoami a2"]);
    expect(store.current()).toMatchObject({
      accessToken: "a2",
      refreshToken: "r2",
      expiresAtMs: clock.nowMs() + LIFE_MS,
      userId: "@alice:hs.example",
    });
  });

  test("is renewed when the homeserver says so first, and the request goes out again", async () => {
    const { asked, valid, ask } = setUp();
    valid.access = "other";

    await Promise.all([ask(), ask()]);

    expect(asked).toEqual(["whoami a1", "whoami a1", "refresh -", "whoami a2", "whoami a2"]);
  });

  test("is used as long as it goes while renewing fails", async () => {
    const { clock, faults, asked, ask } = setUp();
    faults.push(refuse(502, ""), refuse(502, ""), refuse(502, ""));
    await clock.advance(LIFE_MS - 60_000);

    const asking = ask();
    await clock.advance(10_000);
    await asking;
    await ask();

    expect(asked).toEqual(["refresh -", "refresh -", "refresh -", "whoami a1", "refresh -", "whoami a2"]);
  });

  test("logs out where the refresh token is not taken any more", async () => {
    const { valid, ask } = setUp();
    valid.access = "other";
    valid.refresh = "other";

    await expect(ask()).rejects.toMatchObject({ code: "logged_out" });
  });

  test("logs out where there is nothing to renew it with", async () => {
    const { keeper, asked, valid, ask } = setUp();
    const { refreshToken: _none, expiresAtMs: _never, ...bare } = keeper.account as StoredAccount;
    keeper.use(bare);
    valid.access = "other";

    await expect(ask()).rejects.toMatchObject({ code: "logged_out" });
    expect(asked).toEqual(["whoami a1"]);
  });
});

test("a renewed token is used even if it cannot be kept", async () => {
  const { clock, store, asked, ask } = setUp();
  store.save = () => Promise.reject(new Error("The disk is full"));
  await clock.advance(LIFE_MS);

  await ask();

  expect(asked).toEqual(["refresh -", "whoami a2"]);
});

test("a change of the account does not bring old tokens back", async () => {
  const { clock, keeper, store, ask } = setUp();
  await clock.advance(LIFE_MS);
  await ask();

  await keeper.update({ displayName: "Alice" });

  expect(store.current()).toMatchObject({ displayName: "Alice", accessToken: "a2", refreshToken: "r2" });
});

test("no token is logged, whatever happens to it", async () => {
  const lines: unknown[] = [];
  const note = (message: string, fields: unknown): void => void lines.push([message, JSON.stringify(fields)]);
  const logger: Logger = { error: note, warn: note, info: note, debug: note, child: () => logger };
  const { clock, keeper, faults, valid, ask } = setUp({}, logger);
  faults.push(refuse(502, ""), refuse(502, ""), refuse(502, ""));
  await clock.advance(LIFE_MS);
  const asking = ask();
  await clock.advance(10_000);
  await asking;
  valid.access = "other";
  valid.refresh = "other";
  await ask().catch((error: unknown) => note("refused", { error: String(error), keeper }));

  expect(lines.length).toBeGreaterThan(1);
  expect(JSON.stringify(lines)).not.toMatch(/\b[ar][12]\b/);
});
