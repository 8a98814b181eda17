import { AxeBuilder } from "@axe-core/playwright";
import { enterCall, openBrowser, openLobby, type PersonBrowser, pressJoin } from "@conclave/bot/browser";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { alice, bob } from "./media/people.ts";
import { expectToSee } from "./page/expectations.ts";
import { startStack, type Stack } from "./startStack.ts";

const LOOKS = [
  { name: "desktop-light", viewport: { width: 1280, height: 800 }, colorScheme: "light" },
  { name: "phone-dark", viewport: { width: 390, height: 844 }, colorScheme: "dark" },
  { name: "desktop-dark", viewport: { width: 1280, height: 800 }, colorScheme: "dark" },
  { name: "phone-light", viewport: { width: 390, height: 844 }, colorScheme: "light" },
] as const;

describe("the pages of the app", () => {
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

  /** Every look of the page as it stands; each must be free of faults that axe can find. */
  async function look(page: Page, name: string): Promise<void> {
    const before = page.viewportSize()!;
    for (const { name: look, viewport, colorScheme } of LOOKS) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.setViewportSize(viewport);
      await page.evaluate(() => document.fonts.ready);
      await page.screenshot({ path: `e2e/artifacts/pages/${name}-${look}.png` });
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(
        violations.map((violation) => [violation.id, violation.nodes.map((node) => node.target)]),
        `${name}, ${look}`,
      ).toEqual([]);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(overflow, `${name}, ${look}: scrolls sideways`).toBeLessThanOrEqual(0);
    }
    await page.setViewportSize(before);
  }

  it("are accessible and fit, from home to after the call, on a desk and on a phone", async () => {
    browsers = await Promise.all([alice, bob].map((person) => openBrowser(person)));
    const [first, second] = browsers as [PersonBrowser, PersonBrowser];
    const { page } = first;
    await page.goto(stack.url);
    await page.getByTestId("home-start").waitFor();
    await look(page, "1-home");

    await page.getByTestId("home-name").fill("Weekly");
    await page.getByTestId("home-start").click();
    await page.getByTestId("lobby-join").waitFor();
    const linkId = new URL(page.url()).pathname.split("/").at(-1)!;
    await openLobby(first, stack.url, linkId);
    await look(page, "2-lobby");

    await pressJoin(first);
    await look(page, "3-alone");
    await enterCall(second, stack.url, linkId);
    await expectToSee(first, bob);
    await look(page, "4-call");

    await page.getByTestId("call-participants").click();
    await look(page, "5-people");
    await page.getByTestId("call-leave").click();
    await page.getByTestId("call-leave").waitFor({ state: "detached" });
    await look(page, "6-after");
  });

  it("say what is wrong with a link, and what to do", async () => {
    browsers = [await openBrowser(alice)];
    const { page } = browsers[0]!;

    await page.goto(`${stack.url}/r/zzzz-zzzz-zzz`);

    await page.getByTestId("problem").waitFor();
    await look(page, "7-problem");
  });
});
