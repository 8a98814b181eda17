import { enterCall, openBrowser, type PersonBrowser } from "@conclave/bot/browser";
import { type HostDemo, startHostDemo } from "@conclave/host-demo";
import type { Frame } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { alice, bob, carol } from "../media/people.ts";
import { expectFullCall, expectToSee } from "../page/expectations.ts";
import { startStack, type Stack } from "../startStack.ts";
import { type HostPlace, type HostWishes, inFrame, startCallInHost } from "./hostPage.ts";
import { meetInThreeClients } from "./threeClients.ts";

const PATIENCE_MS = 40_000;
const SIZES = [
  { name: "desktop", width: 1280, height: 800 },
  { name: "phone", width: 390, height: 844 },
];

describe("a call in another client's page", () => {
  let stack: Stack;
  let host: HostDemo;
  let browsers: PersonBrowser[] = [];

  beforeAll(async () => {
    [stack, host] = await Promise.all([startStack(), startHostDemo()]);
  });

  afterEach(async () => {
    await Promise.all(browsers.map((browser) => browser.close()));
    browsers = [];
  });

  afterAll(async () => {
    await host?.close();
    await stack?.close();
  });

  function placeOf(room: string): HostPlace {
    return { hostUrl: host.url, homeserver: stack.url, conclave: stack.url, room };
  }

  function startCall(browser: PersonBrowser, room: string, wishes: HostWishes = {}): Promise<Frame> {
    return startCallInHost(browser, placeOf(room), wishes);
  }

  async function hostLog(browser: PersonBrowser): Promise<readonly string[]> {
    return browser.page.evaluate(() => (window as unknown as { hostDemo: { log: string[] } }).hostDemo.log);
  }

  it("is a call like any other for those in the app: decrypted both ways, without keys or an account of its own", async () => {
    const { alias, linkId } = await stack.createRoom({ isEncrypted: true });
    browsers = await Promise.all([alice, bob].map((person) => openBrowser(person)));
    const [inHost, inApp] = browsers as [PersonBrowser, PersonBrowser];
    const asked: string[] = [];
    inHost.page.on("request", (request) => {
      if (request.frame().url().startsWith(stack.url)) asked.push(new URL(request.url()).pathname);
    });

    const frame = await startCall(inHost, alias, { parameters: "skipLobby=true" });
    await frame.getByTestId("call-leave").waitFor();
    await enterCall(inApp, stack.url, linkId);

    const widget = inFrame(inHost, frame);
    await expectFullCall([widget, inApp], PATIENCE_MS);
    await expect.poll(() => frame.getByTestId("call-lock").getAttribute("data-state")).toBe("locked");
    expect(asked.filter((path) => path.endsWith(".wasm"))).toEqual([]);
    expect(asked.filter((path) => path.startsWith("/_matrix"))).toEqual(["/_matrix/client/versions"]);
    expect(await frame.evaluate(() => Object.keys(localStorage).filter((key) => key.includes("account")))).toEqual([]);
    await inHost.page.getByTestId("host-message").fill("The chat goes on beside the call.");
    await inHost.page.getByTestId("host-message").press("Enter");
    await expect.poll(() => inHost.page.getByTestId("host-timeline").textContent()).toContain("beside the call");
    await takeShots(inHost);
  });

  it("is steered by the host's buttons, and the host's buttons follow it", async () => {
    const { alias, linkId } = await stack.createRoom({ isEncrypted: true });
    browsers = await Promise.all([alice, bob].map((person) => openBrowser(person)));
    const [inHost, inApp] = browsers as [PersonBrowser, PersonBrowser];
    const frame = await startCall(inHost, alias);
    await frame.getByTestId("lobby-join").click();
    await frame.getByTestId("call-leave").waitFor();
    await enterCall(inApp, stack.url, linkId);
    await expectToSee(inApp, alice, PATIENCE_MS);
    const pressed = (name: string) => inHost.page.getByTestId(name).getAttribute("aria-pressed");
    await expect.poll(() => pressed("host-audio_enabled")).toBe("true");

    await inHost.page.getByTestId("host-audio_enabled").click();
    await expect.poll(() => frame.getByTestId("call-microphone").getAttribute("data-look")).toBe("off");
    await frame.getByTestId("call-camera").click();
    await expect.poll(() => pressed("host-video_enabled")).toBe("false");
    await inHost.page.getByTestId("host-theme").click();
    await expect.poll(() => frame.locator("html").getAttribute("data-theme")).toBe("dark");
    await inHost.page.getByTestId("host-hang-up").click();

    await expect.poll(() => hostLog(inHost)).toEqual(["joined", "hung up", "closed"]);
    await expect.poll(() => inHost.page.locator("iframe").count()).toBe(0);
    await expect.poll(() => inApp.page.getByTestId("call-participants").textContent()).toContain("1");
  });

  it("is open to Element Call: all three see and hear each other, decrypted", async () => {
    const { alias, linkId } = await stack.createRoom({ isEncrypted: true });
    browsers = await Promise.all([alice, bob, carol].map((person) => openBrowser(person)));
    const [inHost, inApp, inElement] = browsers as [PersonBrowser, PersonBrowser, PersonBrowser];

    const { widget } = await meetInThreeClients({ inHost, inApp, inElement }, placeOf(alias), linkId);

    await expect.poll(() => widget.page.getByTestId("call-lock").getAttribute("data-state")).toBe("locked");
    await expect.poll(() => widget.page.getByTestId("call-participants").getAttribute("data-count")).toBe("3");
    await inElement.page.screenshot({ path: "e2e/artifacts/widget-element-call.png" });
  });

  async function takeShots({ page }: PersonBrowser): Promise<void> {
    for (const theme of ["light", "dark"] as const) {
      await page.evaluate((name) => {
        (window as unknown as { hostDemo: { setTheme(theme: string): void } }).hostDemo.setTheme(name);
      }, theme);
      for (const { height, name, width } of SIZES) {
        await page.setViewportSize({ width, height });
        await page.screenshot({ path: `e2e/artifacts/widget-${name}-${theme}.png`, animations: "disabled" });
      }
    }
  }
});
