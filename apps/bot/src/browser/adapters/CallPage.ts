import type { StoredAccount } from "@conclave/call";
import type { Locator } from "playwright-core";

import { openLobby } from "./enterCall.ts";
import type { PersonBrowser } from "./openBrowser.ts";
import type { PageTotals } from "./page/CallWatch.ts";

/** The longest wait for one step of the app. */
const STEP = { timeout: 45_000 };
const MASK_COLOUR = "#9aa0ad";
const ACCOUNT_PREFIX = "conclave.account.";

export interface Wishes {
  readonly isTalking: boolean;
  readonly isFilming: boolean;
}

/** Why the app did not do what it was told: its own code for it. */
export class PageProblem extends Error {
  readonly code: string;

  constructor(code: string) {
    super(`The app says ${code}`);
    this.code = code;
  }
}

/** The app in one browser, operated as a person does: by its fields and buttons. */
export class CallPage {
  readonly browser: PersonBrowser;
  #linkId = "";

  constructor(browser: PersonBrowser) {
    this.browser = browser;
  }

  /** Gives the profile an account, as if the app had made it. Before the app is opened. */
  async keepAccount(account: StoredAccount): Promise<void> {
    const entry = { key: `${ACCOUNT_PREFIX}${account.homeserverUrl}`, value: JSON.stringify(account) };
    await this.browser.context.addInitScript(({ key, value }) => {
      if (localStorage.getItem(key) === null) localStorage.setItem(key, value);
    }, entry);
  }

  /** The account that the app keeps, as it is written there. */
  async account(): Promise<unknown> {
    const text = await this.browser.page.evaluate((prefix) => {
      const key = Object.keys(localStorage).find((name) => name.startsWith(prefix));
      return key === undefined ? null : localStorage.getItem(key);
    }, ACCOUNT_PREFIX);
    return JSON.parse(text ?? "null");
  }

  /** Resolves when the room is open, so that only the join is left. @throws {PageProblem} */
  async openLobby(origin: string, linkId: string): Promise<void> {
    this.#linkId = linkId;
    await openLobby(this.browser, origin, linkId);
    await this.#awaitRoom();
  }

  /** Back to the lobby after a call. @throws {PageProblem} */
  async returnToLobby(): Promise<void> {
    await this.#button("after-rejoin").click(STEP);
    await this.#awaitRoom();
  }

  async setLobby({ isTalking, isFilming }: Wishes): Promise<void> {
    await this.#press("lobby-microphone", "aria-pressed", String(isTalking));
    await this.#press("lobby-camera", "aria-pressed", String(isFilming));
  }

  async typeName(): Promise<void> {
    await this.#button("lobby-name").fill(this.browser.person.name, STEP);
  }

  /** Resolves when the call page stands. @throws {PageProblem} */
  async pressJoin(): Promise<void> {
    await this.#button("lobby-join").click(STEP);
    await this.#awaitOrProblem(this.#button("call-leave"), "join-problem");
  }

  async pressLeave(): Promise<void> {
    await this.#button("call-leave").click(STEP);
    await this.#button("after").waitFor(STEP);
  }

  async setMicrophone(isOn: boolean): Promise<void> {
    await this.#press("call-microphone", "data-look", isOn ? "on" : "off");
  }

  async setCamera(isOn: boolean): Promise<void> {
    await this.#press("call-camera", "data-look", isOn ? "on" : "off");
  }

  /** The app's code for why the call ended; `left` without one; `undefined` while it goes on. */
  async ending(): Promise<string | undefined> {
    const after = this.#button("after");
    if ((await after.count()) === 0) return undefined;
    return (await after.getAttribute("data-code", STEP)) ?? "left";
  }

  totals(): Promise<PageTotals> {
    return this.browser.page.evaluate(() => window.callWatch.read());
  }

  mediaBytes(): Promise<PageTotals["mediaBytes"]> {
    return this.browser.page.evaluate(() => window.callWatch.mediaBytes());
  }

  /** What is on the screen, as PNG. The link's id is covered: who has it can come in, and the swarm names rooms so. */
  screenshot(): Promise<Uint8Array> {
    const mask = this.#linkId === "" ? [] : [this.browser.page.getByText(this.#linkId)];
    return this.browser.page.screenshot({ ...STEP, mask, maskColor: MASK_COLOUR });
  }

  #button(testId: string): Locator {
    return this.browser.page.getByTestId(testId);
  }

  /** Presses a switch if it does not stand as wanted, and waits until it does. */
  async #press(testId: string, attribute: string, wanted: string): Promise<void> {
    const button = this.#button(testId);
    // A device that is just being opened cannot be switched.
    await this.browser.page.locator(`[data-testid="${testId}"]:not([disabled])`).waitFor(STEP);
    if ((await button.getAttribute(attribute, STEP)) === wanted) return;
    await button.click(STEP);
    await this.browser.page.locator(`[data-testid="${testId}"][${attribute}="${wanted}"]`).waitFor(STEP);
  }

  /** The lobby says whether the call will be encrypted as soon as the room is open. */
  #awaitRoom(): Promise<void> {
    return this.#awaitOrProblem(this.browser.page.locator("lobby-page .foot > *"), "problem");
  }

  async #awaitOrProblem(wanted: Locator, problemId: string): Promise<void> {
    const problem = this.#button(problemId);
    await wanted.or(problem).first().waitFor(STEP);
    if (await problem.isVisible()) throw new PageProblem((await problem.getAttribute("data-code", STEP)) ?? "internal");
  }
}
