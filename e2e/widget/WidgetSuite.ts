import { openBrowser, type PersonBrowser } from "@conclave/bot/browser";
import { type HostDemo, startHostDemo } from "@conclave/host-demo";
import { type AcceptanceTest, matrixPortSuite } from "@conclave/matrix-rtc/testing";

import { alice } from "../media/people.ts";
import { startSuitePage, type SuitePage } from "./startSuitePage.ts";

const LAST_LINES = 12;

interface Running {
  readonly host: HostDemo;
  readonly suite: SuitePage;
  readonly browser: PersonBrowser;
}

/** The acceptance suite inside widgets of a real host page: each test runs in the browser, for two people. */
export class WidgetSuite {
  #running: Promise<Running> | undefined;

  /** @param homeserver asked when a test runs */
  tests(homeserver: () => string): readonly AcceptanceTest[] {
    // Only their names are of use here.
    const suite = matrixPortSuite(() => Promise.reject(new Error("Not here")));
    return suite.map(({ name }) => ({ name, run: () => this.#run(name, homeserver()) }));
  }

  async #run(name: string, homeserver: string): Promise<void> {
    const { browser, host } = await this.#start();
    const fault = await browser.page.evaluate(
      ([test, where]) => window.widgetSuite.run(test, where).then(() => undefined, String),
      [name, { hostUrl: host.url, homeserver }] as const,
    );
    if (fault === undefined) return;
    const said = browser.console.filter((line) => /error|warn/.test(line)).slice(-LAST_LINES);
    throw new Error([fault, ...said].join("\n"));
  }

  /** Starts what the tests need, which takes a while. */
  async ready(): Promise<void> {
    await this.#start();
  }

  async close(): Promise<void> {
    if (!this.#running) return;
    const { browser, host, suite } = await this.#running;
    await browser.close();
    await Promise.all([suite.close(), host.close()]);
  }

  #start(): Promise<Running> {
    return (this.#running ??= open());
  }
}

async function open(): Promise<Running> {
  const [host, suite, browser] = await Promise.all([startHostDemo(), startSuitePage(), openBrowser(alice)]);
  await browser.page.goto(suite.url);
  await browser.page.waitForFunction(() => "widgetSuite" in window);
  return { host, suite, browser };
}
