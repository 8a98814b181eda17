import { enterCall, openBrowser, type PersonBrowser } from "@conclave/bot/browser";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { alice, bob, carol } from "./media/people.ts";
import { expectFullCall, expectToSee, observe } from "./page/expectations.ts";
import { startStack, type Stack } from "./startStack.ts";

describe("a call of three browsers", () => {
  let stack: Stack;
  let browsers: PersonBrowser[] = [];

  beforeAll(async () => {
    stack = await startStack();
  });

  afterEach(async () => {
    await Promise.all(browsers.map((browser) => browser.close()));
    browsers = [];
  });

  afterAll(() => stack.close());

  it("shows and plays everybody to everybody, decrypted, and says so with a closed lock", async () => {
    const { linkId } = await stack.createRoom({ isEncrypted: true });
    browsers = await Promise.all([alice, bob, carol].map((person) => openBrowser(person)));

    for (const browser of browsers) await enterCall(browser, stack.url, linkId);

    await expectFullCall(browsers, 40_000);
    for (const { page } of browsers) {
      await expect.poll(() => page.getByTestId("call-lock").getAttribute("data-state")).toBe("locked");
      await expect.poll(() => page.getByTestId("call-participants").textContent()).toContain("3");
    }
    await browsers[0]!.page.screenshot({ path: "e2e/artifacts/three-people.png" });
  });

  it("takes a member who leaves off the others' screens", async () => {
    const { linkId } = await stack.createRoom({ isEncrypted: true });
    browsers = await Promise.all([alice, bob].map((person) => openBrowser(person)));
    const [first, second] = browsers as [PersonBrowser, PersonBrowser];
    for (const browser of browsers) await enterCall(browser, stack.url, linkId);
    await expectToSee(first, bob);

    await second.page.getByTestId("call-leave").click();

    await expect.poll(async () => (await observe(first)).tiles.filter((tile) => !tile.isSelf)).toEqual([]);
  });

  it("brings the same person back after a reload, once", async () => {
    const { linkId } = await stack.createRoom({ isEncrypted: true });
    browsers = await Promise.all([alice, bob].map((person) => openBrowser(person)));
    const [first, second] = browsers as [PersonBrowser, PersonBrowser];
    for (const browser of browsers) await enterCall(browser, stack.url, linkId);
    await expectToSee(first, bob);
    const before = (await observe(first)).tiles.find((tile) => !tile.isSelf)!.memberId;

    await enterCall(second, stack.url, linkId);

    await expectToSee(first, bob);
    await expectToSee(second, alice);
    const others = (await observe(first)).tiles.filter((tile) => !tile.isSelf);
    expect(others.map((tile) => tile.memberId)).toEqual([before]);
  });
});
