import { openBrowser, openLobby, type PersonBrowser, pressJoin } from "@conclave/bot/browser";
import { type HostDemo, startHostDemo } from "@conclave/host-demo";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { alice, bob } from "../media/people.ts";
import { expectFullCall } from "../page/expectations.ts";
import { startStack, type Stack } from "../startStack.ts";
import { enterRoomInHost, type HostPlace, inFrame, PLAIN_SOUND, widgetIn } from "./hostPage.ts";

const PATIENCE_MS = 40_000;
const POLL = { interval: 100, timeout: 20_000 };

/** In an encrypted room, where notification and answer are readable to nobody but the two. */
describe("calling somebody", () => {
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

  async function openTwo(): Promise<readonly [PersonBrowser, PersonBrowser]> {
    const two = await Promise.all([openBrowser(alice), openBrowser(bob)]);
    browsers = two;
    return two;
  }

  /** The lobby of somebody who is going to call the others, and goes when they go. */
  async function openCalling({ page }: PersonBrowser, linkId: string): Promise<void> {
    const wishes = "sendNotificationType=ring&waitForCallPickup=true&autoLeave=true";
    await page.goto(`${stack.url}/r/${linkId}?${PLAIN_SOUND}&${wishes}`);
    await page.getByTestId("lobby-join").waitFor();
  }

  it("rings in the lobby of the app, too, which can decline, and can come after all", async () => {
    const { linkId } = await stack.createRoom({ isEncrypted: true, isMakerGone: true });
    const [caller, called] = await openTwo();
    await openLobby(called, stack.url, linkId);
    await openCalling(caller, linkId);
    const ring = called.page.getByTestId("lobby-ring");

    await pressJoin(caller);
    await ring.waitFor();
    await called.page.screenshot({ path: "e2e/artifacts/ringing-lobby.png" });
    await called.page.getByTestId("lobby-decline").click();
    await expect.poll(() => ring.count(), POLL).toBe(0);
    await expect.poll(() => caller.page.getByTestId("after").getAttribute("data-code"), POLL).toBe("declined");

    await callAgain(caller);
    await pressJoin(caller);
    await ring.waitFor();
    await pressJoin(called);
    await expectFullCall([caller, called], PATIENCE_MS);
  });

  it("rings from the app in a chat, and from a chat in the app", async () => {
    const { alias, linkId } = await stack.createRoom({ isEncrypted: true, isMakerGone: true });
    const [inApp, inChat] = await openTwo();
    await openCalling(inApp, linkId);
    const place: HostPlace = { hostUrl: host.url, homeserver: stack.url, conclave: stack.url, room: alias };
    await enterRoomInHost(inChat, place, {});
    await expect.poll(() => peopleIn(inChat), POLL).toBe("2 people");

    await pressJoin(inApp);
    await inChat.page.getByTestId("host-answer").click();
    await expectFullCall([inApp, inFrame(inChat, await widgetIn(inChat))], PATIENCE_MS);
    await inChat.page.getByTestId("host-hang-up").click();
    await expect.poll(() => inApp.page.getByTestId("after").getAttribute("data-code"), POLL).toBe("others_left");

    await callAgain(inApp);
    await inChat.page.getByTestId("host-ring-others").click();
    await inApp.page.getByTestId("lobby-decline").click();
    await expect.poll(() => timelineOf(inChat), POLL).toContain(`${alice.name} declined the call`);
  });

  it("rings from chat to chat, which can decline, and can answer the next one", async () => {
    const { alias } = await stack.createRoom({ isEncrypted: true, isMakerGone: true });
    const [caller, called] = await openTwo();
    const place: HostPlace = { hostUrl: host.url, homeserver: stack.url, conclave: stack.url, room: alias };
    for (const browser of [caller, called]) await enterRoomInHost(browser, place, {});
    for (const browser of [caller, called]) await expect.poll(() => peopleIn(browser), POLL).toBe("2 people");

    await caller.page.getByTestId("host-ring-others").click();
    await called.page.getByTestId("host-decline").click();
    await expect.poll(() => timelineOf(caller), POLL).toContain(`${bob.name} declined the call`);
    await expect.poll(() => caller.page.locator("iframe").count(), POLL).toBe(0);

    await caller.page.getByTestId("host-ring-others").click();
    await called.page.getByTestId("host-answer").click();
    const frames = await Promise.all(
      [caller, called].map(async (browser) => inFrame(browser, await widgetIn(browser))),
    );
    await expectFullCall(frames, PATIENCE_MS);
  });
});

/** Back in the lobby, and nobody is in the call as far as this one knows: who comes first calls the others. */
async function callAgain({ page }: PersonBrowser): Promise<void> {
  await page.getByTestId("after-rejoin").click();
  await expect.poll(() => page.getByTestId("lobby-present").textContent(), POLL).toContain("Nobody is here yet");
}

function peopleIn({ page }: PersonBrowser): Promise<string | null> {
  return page.getByTestId("host-people").textContent();
}

/** What the chat says about calls. */
function timelineOf({ page }: PersonBrowser): Promise<readonly string[]> {
  return page.getByTestId("host-timeline").locator(".note").allTextContents();
}
