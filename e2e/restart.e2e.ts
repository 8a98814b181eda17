import { enterCall, openBrowser, type PersonBrowser } from "@conclave/bot/browser";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { alice, bob } from "./media/people.ts";
import { expectFullCall, expectToSee, observe } from "./page/expectations.ts";
import { SpawnedStack } from "./spawnStack.ts";
import { createRoom } from "./createRoom.ts";

const GHOST_LIMIT_MS = 10_000;

describe("when something is killed", () => {
  let stack: SpawnedStack;
  let browsers: PersonBrowser[] = [];

  beforeAll(async () => {
    stack = await SpawnedStack.start();
  });

  afterEach(async () => {
    await Promise.all(browsers.map((browser) => browser.close()));
    browsers = [];
  });

  afterAll(() => stack.close());

  async function callOfTwo(): Promise<[PersonBrowser, PersonBrowser]> {
    const { linkId } = await createRoom(stack.url, { isEncrypted: true });
    browsers = await Promise.all([alice, bob].map((person) => openBrowser(person)));
    for (const browser of browsers) await enterCall(browser, stack.url, linkId);
    await expectFullCall(browsers);
    return browsers as [PersonBrowser, PersonBrowser];
  }

  it("brings media back without a click after conclave was killed and started again", async () => {
    const [first, second] = await callOfTwo();

    await stack.kill();
    const killedAtMs = Date.now();
    // Only what is decoded anew counts: the last picture before the kill stays on screen for a while.
    await expect.poll(() => first.page.getByTestId("call-reconnecting").isVisible(), { timeout: 20_000 }).toBe(true);
    await stack.start();
    const startedAtMs = Date.now();

    await expectFullCall([first, second], 60_000);
    console.log(
      `restart: down for ${startedAtMs - killedAtMs} ms, media back ${Date.now() - startedAtMs} ms after the start`,
    );
    const members = (await observe(first)).tiles.map((tile) => tile.memberId);
    expect(new Set(members).size).toBe(2);
  });

  it("takes a killed browser off the others' screens within 10 s", async () => {
    const [first, second] = await callOfTwo();
    await expectToSee(first, bob);

    const killedAtMs = Date.now();
    await second.kill();
    browsers = [first];

    await expect
      .poll(async () => (await observe(first)).tiles.filter((tile) => !tile.isSelf), { timeout: GHOST_LIMIT_MS })
      .toEqual([]);
    console.log(`killed browser: gone after ${Date.now() - killedAtMs} ms`);
  });
});
