import { createServer, type Server } from "node:http";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { enterCall, openBrowser, openLobby, type PersonBrowser, pressJoin } from "@conclave/bot/browser";
import { build } from "vite";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { alice, bob } from "./media/people.ts";
import { ownIdentity } from "./page/debugHandle.ts";
import { expectToHear, expectToSee } from "./page/expectations.ts";
import { startStack, type Stack } from "./startStack.ts";

const PAGE_FOLDER = fileURLToPath(new URL("artifacts/element-like", import.meta.url));
const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".wasm": "application/wasm",
};

describe("a client made of Element Call's parts, from another origin", () => {
  let stack: Stack;
  let pageServer: Server;
  let pageUrl: string;
  let browsers: PersonBrowser[] = [];

  beforeAll(async () => {
    await build({ configFile: fileURLToPath(new URL("element-like/vite.config.ts", import.meta.url)) });
    pageServer = createServer((request, response) => {
      const path = new URL(request.url ?? "/", "http://localhost").pathname;
      const file = join(PAGE_FOLDER, path === "/" ? "index.html" : path);
      readFile(file).then(
        (content) =>
          response.setHeader("Content-Type", TYPES[extname(file)] ?? "application/octet-stream").end(content),
        () => response.writeHead(404).end(),
      );
    }).listen(0, "127.0.0.1");
    await once(pageServer, "listening");
    pageUrl = `http://localhost:${(pageServer.address() as { port: number }).port}/`;
    stack = await startStack();
  });

  afterEach(async () => {
    await Promise.all(browsers.map((browser) => browser.close()));
    browsers = [];
  });

  afterAll(async () => {
    pageServer.close();
    await stack.close();
  });

  async function openElementLike(browser: PersonBrowser, roomAlias: string): Promise<void> {
    await browser.page.goto(pageUrl);
    await browser.page.evaluate(
      async (options) => {
        window.elementLikeCall = await window.elementLike.join(options);
      },
      { homeserverUrl: stack.url, displayName: browser.person.name, roomAlias },
    );
  }

  it("matrix-js-sdk's session sees us and gets our key, LiveKit's worker decrypts us, and the other way round", async () => {
    const { linkId, alias } = await stack.createRoom({ isEncrypted: true });
    browsers = await Promise.all([alice, bob].map((person) => openBrowser(person)));
    const [ours, theirs] = browsers as [PersonBrowser, PersonBrowser];
    await enterCall(ours, stack.url, linkId);

    await openElementLike(theirs, alias);

    await Promise.all([expectToSee(theirs, alice), expectToSee(ours, bob)]);
    await Promise.all([expectToHear(theirs, alice), expectToHear(ours, bob)]);
    expect(await theirs.page.evaluate(() => window.elementLikeCall.memberUserIds().length)).toBe(2);
    const keys = await theirs.page.evaluate(() => window.elementLikeCall.keysReceived());
    expect(keys[await ownIdentity(ours)]).toBeGreaterThanOrEqual(1);
  });

  it("is gone from our list when it leaves, and we go on", async () => {
    const { linkId, alias } = await stack.createRoom({ isEncrypted: true });
    browsers = await Promise.all([alice, bob].map((person) => openBrowser(person)));
    const [ours, theirs] = browsers as [PersonBrowser, PersonBrowser];
    await openElementLike(theirs, alias);
    await openLobby(ours, stack.url, linkId);
    await expect.poll(() => theirs.page.evaluate(() => window.elementLikeCall.knownDevices())).toBeGreaterThan(0);
    await pressJoin(ours);
    await expectToSee(ours, bob);

    await theirs.page.evaluate(() => window.elementLikeCall.leave());

    await expect.poll(() => ours.page.getByTestId("call-participants").textContent()).toContain("1");
  });
});
