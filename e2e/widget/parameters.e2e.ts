import { openBrowser, type PersonBrowser } from "@conclave/bot/browser";
import { type HostDemo, startHostDemo } from "@conclave/host-demo";
import type { Frame } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { alice } from "../media/people.ts";
import { startStack, type Stack } from "../startStack.ts";
import { startCallInHost } from "./hostPage.ts";

const POLL = { interval: 50, timeout: 20_000 };

describe("the address that a host opens the widget with", () => {
  let stack: Stack;
  let host: HostDemo;
  let browser: PersonBrowser;

  beforeAll(async () => {
    [stack, host] = await Promise.all([startStack(), startHostDemo()]);
  });

  afterEach(() => browser.close());

  afterAll(async () => {
    await host?.close();
    await stack?.close();
  });

  async function open(parameters: string): Promise<Frame> {
    const { alias } = await stack.createRoom({ isEncrypted: true });
    browser = await openBrowser(alice);
    const place = { hostUrl: host.url, homeserver: stack.url, conclave: stack.url, room: alias };
    return startCallInHost(browser, place, { parameters });
  }

  it("chooses language, letters, what stands above the page and what may be shared, from the lobby into the call", async () => {
    const frame = await open("lang=de-CH&header=app_bar&hideScreensharing=true&font=Noto%20Serif&fontScale=1.25");

    await expect.poll(() => frame.getByTestId("lobby-join").textContent(), POLL).toContain("Jetzt teilnehmen");
    const { font, lang, size } = await frame.evaluate(() => {
      const style = getComputedStyle(document.documentElement);
      return { lang: document.documentElement.lang, font: style.getPropertyValue("--font"), size: style.fontSize };
    });
    expect([lang, size, font.startsWith('"Noto Serif"')]).toEqual(["de", "20px", true]);
    // Confined to the room, and no app around it that could go back: no way out is shown.
    expect(await frame.getByTestId("back").count()).toBe(0);
    await frame.getByTestId("lobby-join").click();
    await frame.getByTestId("call-leave").waitFor();

    expect(await frame.getByTestId("call-leave").textContent()).toContain("Auflegen");
    expect(await frame.getByTestId("call-screen").count()).toBe(0);
    expect(await frame.getByTestId("call-lock").textContent()).toContain("Nur du");
  });

  it("offers the way back of an app around it, and the call goes on meanwhile", async () => {
    const frame = await open("header=app_bar&skipLobby=true");
    await frame.getByTestId("call-leave").waitFor();
    await frame.evaluate(() => {
      const presses: string[] = [];
      Object.assign(window, { presses, controls: { onBackButtonPressed: () => presses.push("back") } });
    });
    // What is around the page is asked whenever it is drawn.
    await frame.getByTestId("call-microphone").click();

    await frame.getByTestId("back").click();

    expect(await frame.evaluate(() => (window as unknown as { presses: string[] }).presses)).toEqual(["back"]);
    expect(await frame.getByTestId("call-leave").count()).toBe(1);
  });

  it("shows a call without buttons, steered by the host and by keys", async () => {
    const frame = await open("showControls=false&skipLobby=true&header=standard");
    await frame.locator("call-page").waitFor();
    await expect.poll(() => pressed("host-audio_enabled"), POLL).toBe("true");

    expect(await frame.getByTestId("call-leave").count()).toBe(0);
    await frame.locator("call-page h1").focus();
    await frame.locator("call-page h1").press("m");

    await expect.poll(() => pressed("host-audio_enabled"), POLL).toBe("false");
  });

  it("harms nothing where it means nothing, and the console says which names were not understood", async () => {
    const nonsense =
      "lang=tlh&header=%3Cb%3E&font=a;}*{display:none&fontScale=NaN&theme=pink&intent=dance&ringSeconds=-1";
    const frame = await open(nonsense);

    await expect.poll(() => frame.getByTestId("lobby-join").textContent(), POLL).toContain("Join now");
    const said = browser.console.filter((line) => line.includes("not understood")).join();
    for (const name of ["lang", "header", "font", "fontScale", "theme", "intent", "ringSeconds"])
      expect(said).toContain(name);
  });

  function pressed(name: string): Promise<string | null> {
    return browser.page.getByTestId(name).getAttribute("aria-pressed");
  }
});
