import { enterCall, type PersonBrowser } from "@conclave/bot/browser";
import type { Frame } from "playwright-core";

import { expectToHear, expectToSee } from "../page/expectations.ts";
import { expectElementCallToSee } from "./elementCall.ts";
import { type HostPlace, inFrame, startCallInHost } from "./hostPage.ts";

const PATIENCE_MS = 40_000;

/** A call of three clients, once all see and hear each other. */
export interface ThreeClients {
  /** Our widget, as if it were the page of its browser. */
  readonly widget: PersonBrowser;
  readonly inApp: PersonBrowser;
  readonly inElement: PersonBrowser;
  /** Element Call's frame. */
  readonly theirs: Frame;
}

export interface ThreeBrowsers {
  /** Opens our widget in the host page. */
  readonly inHost: PersonBrowser;
  /** Opens the call app. */
  readonly inApp: PersonBrowser;
  /** Opens Element Call in the host page. */
  readonly inElement: PersonBrowser;
}

/** One person in our widget, one in our app, one in Element Call: all see and hear each other, decrypted. */
export async function meetInThreeClients(
  browsers: ThreeBrowsers,
  place: HostPlace,
  linkId: string,
): Promise<ThreeClients> {
  const { inApp, inElement, inHost } = browsers;
  const ours = await startCallInHost(inHost, place, { parameters: "skipLobby=true" });
  await ours.getByTestId("call-leave").waitFor();
  await enterCall(inApp, place.conclave, linkId);
  const theirs = await startCallInHost(inElement, place, { widget: "element-call", parameters: "skipLobby=true" });
  const widget = inFrame(inHost, ours);
  const three = { widget, inApp, inElement, theirs };
  await expectAllInTouch(three);
  return three;
}

/** Everybody sees and hears everybody else: frames that are being sent now. */
export async function expectAllInTouch({ widget, inApp, inElement, theirs }: ThreeClients): Promise<void> {
  const pairs = [
    [widget, inApp],
    [inApp, widget],
    [widget, inElement],
    [inApp, inElement],
  ] as const;
  await Promise.all(pairs.map(([browser, other]) => expectToSee(browser, other.person, PATIENCE_MS)));
  await Promise.all(pairs.map(([browser, other]) => expectToHear(browser, other.person, PATIENCE_MS)));
  for (const { person } of [widget, inApp]) {
    await expectElementCallToSee(theirs, person, PATIENCE_MS);
    await expectToHear(inFrame(inElement, theirs), person, PATIENCE_MS);
  }
}
