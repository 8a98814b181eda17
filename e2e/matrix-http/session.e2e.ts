import { enterCall, openBrowser, type PersonBrowser } from "@conclave/bot/browser";
import type { MatrixLogin, MatrixSession } from "@conclave/call";
import { openMatrixHttp } from "@conclave/call/matrixHttp";
import { createHomeserver } from "@conclave/homeserver";
import { Scope, Secret, silentLogger, systemClock } from "@conclave/kit";
import { recordEvents } from "@conclave/kit/testing";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";

import { alice, bob } from "../media/people.ts";
import { ownDevice } from "../page/debugHandle.ts";
import { expectToSee, observe } from "../page/expectations.ts";
import { startStack } from "../startStack.ts";
import { MemoryAccount } from "./openGuest.ts";

const URL_OF_TEST = "https://session.test";
const PASSWORD = "correct horse";
const KEY_TYPE = "io.element.call.encryption_keys";
/** Short, so that a test sees tokens end. */
const TOKEN_MS = 2_000;
const POLL_MS = 250;

interface RenewingHomeserver {
  readonly fetch: typeof globalThis.fetch;
  /** `METHOD path` of every request, in order. */
  readonly requests: readonly string[];
}

/** A homeserver whose renewable tokens end soon. */
function startHomeserver(): RenewingHomeserver {
  const requests: string[] = [];
  const homeserver = createHomeserver(
    {
      clock: systemClock,
      randomBytes: (lengthBytes) => crypto.getRandomValues(new Uint8Array(lengthBytes)),
      logger: silentLogger,
    },
    {
      serverName: new URL(URL_OF_TEST).host,
      publicUrl: URL_OF_TEST,
      databasePath: ":memory:",
      livekitServiceUrls: [],
      limits: { renewableTokenMs: TOKEN_MS, maxSyncTimeoutMs: POLL_MS },
    },
  );
  onTestFinished(() => homeserver.close());
  const fetch: typeof globalThis.fetch = (input, init) => {
    const request = new Request(input, init);
    requests.push(`${request.method} ${new URL(request.url).pathname}`);
    return homeserver.fetch(request, "127.0.0.1");
  };
  return { fetch, requests };
}

async function post(server: RenewingHomeserver, path: string, body: object, token = ""): Promise<unknown> {
  const headers = token === "" ? {} : { authorization: `Bearer ${token}` };
  const init = { method: "POST", headers, body: JSON.stringify(body) };
  return (await server.fetch(`${URL_OF_TEST}/_matrix/client/${path}`, init)).json();
}

async function open(
  server: RenewingHomeserver,
  login: MatrixLogin,
  account = new MemoryAccount(),
): Promise<MatrixSession> {
  const scope = new Scope();
  onTestFinished(() => scope.end());
  const session = await openMatrixHttp(
    { homeserverUrl: URL_OF_TEST, account, cryptoStoreName: "e2e", fetch: server.fetch, logger: silentLogger, login },
    scope,
  );
  await session.cryptoReady;
  return session;
}

function countOf(server: RenewingHomeserver, request: string): number {
  return server.requests.filter((sent) => sent === request).length;
}

test("logs in with a password and with a token, and goes on while both tokens end and are renewed", async () => {
  const server = startHomeserver();
  const auth = { type: "m.login.dummy" };
  await post(server, "v3/register", { username: "ann", password: PASSWORD, auth, inhibit_login: true });
  const account = new MemoryAccount();
  const first = await open(server, { type: "password", user: "ann", password: new Secret(PASSWORD) }, account);
  const given = account.current;
  const proof = { auth: { type: "m.login.password", password: PASSWORD } };
  const granted = (await post(server, "v1/login/get_token", proof, given?.accessToken)) as { login_token: string };
  const second = await open(server, { type: "token", token: new Secret(granted.login_token) });
  const listening = new Scope();
  onTestFinished(() => listening.end());
  const received = recordEvents(listening, second.toDeviceReceived);

  await vi.waitFor(() => expect(countOf(server, "POST /_matrix/client/v3/refresh")).toBeGreaterThanOrEqual(4), {
    timeout: 20_000,
  });
  await first.sendEncryptedToDevice(KEY_TYPE, [second.self], { keys: "k" });
  await vi.waitFor(() => expect(received).toHaveLength(1), { timeout: 10_000 });

  expect([first.userId, second.userId]).toEqual(["@ann:session.test", "@ann:session.test"]);
  expect(first.self.deviceId).not.toBe(second.self.deviceId);
  expect(received[0]?.encryptedBy?.deviceId).toBe(first.self.deviceId);
  expect(account.current).toMatchObject({ userId: "@ann:session.test", deviceId: first.self.deviceId });
  expect(account.current?.accessToken).not.toBe(given?.accessToken);
  expect(countOf(server, "POST /_matrix/client/v3/register")).toBe(1);
  expect([first.isSyncing.get(), second.isSyncing.get()]).toEqual([true, true]);
});

describe("two tabs of one browser", () => {
  let browsers: PersonBrowser[] = [];

  afterEach(async () => {
    await Promise.all(browsers.map((browser) => browser.close()));
    browsers = [];
  });

  test("are two members; the second stays when the first is closed, and is the first one's device after a reload", async () => {
    const stack = await startStack();
    onTestFinished(() => stack.close());
    const { linkId } = await stack.createRoom({ isEncrypted: true });
    const [browser, other] = await Promise.all([openBrowser(alice), openBrowser(bob)]);
    browsers = [browser, other];
    const secondTab: PersonBrowser = { ...browser, page: await browser.context.newPage() };
    await enterCall(other, stack.url, linkId);
    await enterCall(browser, stack.url, linkId);
    await enterCall(secondTab, stack.url, linkId);
    await expectToSee(secondTab, bob);
    const [firstDevice, secondDevice] = [await ownDevice(browser), await ownDevice(secondTab)];

    await browser.page.close();
    await expectToSee(secondTab, bob);
    await expect.poll(() => othersOf(other), { timeout: 20_000 }).toBe(1);
    await enterCall(secondTab, stack.url, linkId);
    await expectToSee(secondTab, bob);
    await expectToSee(other, alice);
    const afterReload = await ownDevice(secondTab);

    expect(secondDevice.userId).not.toBe(firstDevice.userId);
    expect(afterReload).toEqual(firstDevice);
    expect(await cryptoStoresOf(secondTab)).toEqual([`conclave:${firstDevice.deviceId}::matrix-sdk-crypto`]);
  });
});

async function othersOf(browser: PersonBrowser): Promise<number> {
  return (await observe(browser)).tiles.filter((tile) => !tile.isSelf).length;
}

function cryptoStoresOf({ page }: PersonBrowser): Promise<(string | undefined)[]> {
  return page.evaluate(async () => {
    const databases = await indexedDB.databases();
    return databases.map(({ name }) => name).filter((name) => name?.endsWith("::matrix-sdk-crypto"));
  });
}
