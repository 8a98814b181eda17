import { enterCall, openBrowser, type PersonBrowser } from "@conclave/bot/browser";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { alice, bob, carol } from "./media/people.ts";
import { handOf, tileOf } from "./page/tiles.ts";
import { startStack, type Stack } from "./startStack.ts";

const POLL = { interval: 50, timeout: 20_000 };
/** How long an emoji is shown, and how much later than that it may go. */
const SHOWN_MS = 3_000;
const SLACK_MS = 1_500;

describe.each([true, false])("hands and emojis in a room, encrypted: %s", (isEncrypted) => {
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

  async function enter(linkId: string, ...people: readonly (typeof alice)[]): Promise<readonly PersonBrowser[]> {
    const entered = await Promise.all(people.map((person) => openBrowser(person)));
    browsers.push(...entered);
    for (const browser of entered) await enterCall(browser, stack.url, linkId);
    return entered;
  }

  it("reach the others, also who comes later and after the membership was sent again", async () => {
    const { linkId } = await stack.createRoom({ isEncrypted });
    const [first, second] = (await enter(linkId, alice, bob)) as [PersonBrowser, PersonBrowser];

    // A hand, raised and seen.
    await second.page.getByTestId("call-hand").click();
    await expect.poll(() => handOf(first, bob.name), POLL).toBe("1");
    await expect.poll(() => first.page.getByTestId("toast").textContent(), POLL).toContain(`${bob.name} raised a hand`);
    await first.page.keyboard.press("h");
    await expect.poll(() => handOf(second, alice.name), POLL).toBe("2");

    // It stays when the membership gets another event, as it does each hour. Who joins before the camera is there says "audio".
    const turned = countSends(second);
    await second.page.evaluate(() => window.conclave.call!.setIntent("video"));
    if (turned.memberships > 0) await expect.poll(() => turned.hands, POLL).toBe(1);
    const sent = countSends(second);
    const placesSeen = await watchHand(first, bob.name);
    await second.page.evaluate(() => window.conclave.call!.setIntent("audio"));
    await expect.poll(() => sent, POLL).toEqual({ memberships: 1, hands: 1 });
    const [third] = (await enter(linkId, carol)) as [PersonBrowser];
    expect(await placesSeen()).toEqual(["1"]);

    // Who joins only then sees both.
    await expect.poll(() => handOf(third, alice.name), POLL).not.toBe("");
    await expect.poll(() => handOf(third, bob.name), POLL).not.toBe("");

    // Lowered by the owner, and down for all.
    await second.page.getByTestId("call-hand").click();
    for (const browser of [first, third]) await expect.poll(() => handOf(browser, bob.name), POLL).toBe("");
    expect(await handOf(third, alice.name)).toBe("1");

    // An emoji, for three seconds.
    const emojis = await Promise.all([second, third].map((browser) => watchEmoji(browser, alice.name)));
    await first.page.keyboard.press("e");
    await first.page.getByTestId("reaction").nth(2).click();
    for (const shownMs of await Promise.all(emojis.map((shown) => shown("🎉")))) {
      expect(shownMs).toBeGreaterThan(SHOWN_MS - SLACK_MS);
      expect(shownMs).toBeLessThan(SHOWN_MS + SLACK_MS);
    }
  });
});

/** Notes every place in line that the tile of a person shows from now on, the present one included. */
async function watchHand(browser: PersonBrowser, name: string): Promise<() => Promise<readonly string[]>> {
  const seen = await tileOf(browser, name).evaluateHandle((element) => {
    const places = [element.dataset["hand"] ?? ""];
    const observer = new MutationObserver(() => places.push(element.dataset["hand"] ?? ""));
    observer.observe(element, { attributeFilter: ["data-hand"] });
    return places;
  });
  return async () => [...new Set(await seen.jsonValue())];
}

/** Counts what the page asks the homeserver to take. */
function countSends({ page }: PersonBrowser): { readonly memberships: number; readonly hands: number } {
  const sent = { memberships: 0, hands: 0 };
  page.on("request", (request) => {
    if (request.method() !== "PUT") return;
    const { pathname, search } = new URL(request.url());
    if (pathname.includes("/state/org.matrix.msc3401.call.member/") && search === "") sent.memberships++;
    if (pathname.includes("/send/m.reaction/")) sent.hands++;
  });
  return sent;
}

/** Waits until the tile of a person has shown an emoji. @returns for how long, by the page's own clock */
async function watchEmoji(browser: PersonBrowser, name: string): Promise<(emoji: string) => Promise<number>> {
  const changes = await tileOf(browser, name).evaluateHandle((element) => {
    const changes: { readonly emoji: string; readonly atMs: number }[] = [];
    // An attribute that is set to what it was counts as a mutation.
    const note = (): void => {
      const emoji = element.dataset["reaction"] ?? "";
      if (emoji !== (changes.at(-1)?.emoji ?? "")) changes.push({ emoji, atMs: performance.now() });
    };
    new MutationObserver(note).observe(element, { attributeFilter: ["data-reaction"] });
    return changes;
  });
  return async (emoji) => {
    await expect.poll(async () => (await changes.jsonValue()).map((change) => change.emoji), POLL).toEqual([emoji, ""]);
    const [shown, gone] = await changes.jsonValue();
    return gone!.atMs - shown!.atMs;
  };
}
