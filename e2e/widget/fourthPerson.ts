import { enterCall, type PersonBrowser } from "@conclave/bot/browser";
import { expect } from "vitest";

import { expectToHear, expectToSee } from "../page/expectations.ts";
import { emojiOf, handOf } from "../page/tiles.ts";
import {
  expectElementCallEmoji,
  expectElementCallHands,
  expectElementCallToSee,
  pressInElementCall,
  reactInElementCall,
} from "./elementCall.ts";
import type { HostPlace } from "./hostPage.ts";
import { expectAllInTouch, type ThreeClients } from "./threeClients.ts";

const PATIENCE_MS = 40_000;
const POLL = { interval: 100, timeout: 20_000 };

/** Hands and emojis between the three, while a fourth comes, sees and hears all of them and their hands, and goes again. */
export async function raiseHandsAcrossAFourth(
  three: ThreeClients,
  fourth: PersonBrowser,
  place: HostPlace & { readonly linkId: string },
): Promise<void> {
  const { inApp, inElement, theirs, widget } = three;
  await pressInElementCall(theirs, "Raise hand");
  for (const browser of [widget, inApp])
    await expect.poll(() => handOf(browser, inElement.person.name), POLL).toBe("1");
  await inApp.page.getByTestId("call-hand").click();
  await expectElementCallHands(theirs, 2);

  await enterCall(fourth, place.conclave, place.linkId);
  const others = [widget, inApp, inElement];
  for (const { person } of others) {
    await expectToSee(fourth, person, PATIENCE_MS);
    await expectToHear(fourth, person, PATIENCE_MS);
  }
  for (const browser of [widget, inApp]) await expectToSee(browser, fourth.person, PATIENCE_MS);
  await expectElementCallToSee(theirs, fourth.person, PATIENCE_MS);
  await expect.poll(() => handOf(fourth, inElement.person.name), POLL).toBe("1");
  await expect.poll(() => handOf(fourth, inApp.person.name), POLL).toBe("2");
  await fourth.page.getByTestId("call-leave").click();
  await expect.poll(() => inApp.page.getByTestId("call-participants").getAttribute("data-count"), POLL).toBe("3");

  await expectAllInTouch(three);
  await Promise.all([
    expectElementCallEmoji(theirs, "🎉"),
    widget.page
      .getByTestId("call-react")
      .click()
      .then(() => widget.page.getByTestId("reaction").nth(2).click()),
  ]);
  await Promise.all([
    expect.poll(() => emojiOf(inApp, inElement.person.name), { ...POLL, interval: 50 }).toBe("👍"),
    reactInElementCall(theirs, "👍"),
  ]);
  await pressInElementCall(theirs, "Lower hand");
  await expect.poll(() => handOf(widget, inElement.person.name), POLL).toBe("");
  await expectElementCallHands(theirs, 1);
}
