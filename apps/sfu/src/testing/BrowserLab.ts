import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

import { type Browser, chromium, type Page } from "playwright-core";

const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--no-first-run",
  "--use-fake-device-for-media-stream",
  "--use-fake-ui-for-media-stream",
  "--autoplay-policy=no-user-gesture-required",
  "--allow-loopback-in-peer-connection",
];

const PAGE = `<!doctype html><meta charset="utf-8"><title>lab</title><body><script src="/lab/livekit.js"></script><script src="/lab/lab.js"></script></body>`;

function livekitBundle(): Buffer {
  const require = createRequire(import.meta.url);
  const main = require.resolve("livekit-client");
  return readFileSync(join(dirname(main), "livekit-client.umd.js"));
}

/** Serves a page with the unmodified livekit-client as `LivekitClient`. */
export function labPages(): (request: IncomingMessage, response: ServerResponse) => boolean {
  const bundle = livekitBundle();
  const script = readFileSync(new URL("labPage.js", import.meta.url));
  return (request, response) => {
    if (request.url === "/lab/livekit.js") response.setHeader("content-type", "text/javascript").end(bundle);
    else if (request.url === "/lab/lab.js") response.setHeader("content-type", "text/javascript").end(script);
    else if (request.url === "/lab/") response.setHeader("content-type", "text/html").end(PAGE);
    else return false;
    return true;
  };
}

/** One tab with its own livekit-client. */
export class LabPage {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** Calls a function of `labPage.js` with JSON arguments. */
  call<T>(name: string, ...values: readonly unknown[]): Promise<T> {
    return this.page.evaluate(`lab.${name}(...${JSON.stringify(values)})`);
  }

  /** Evaluates an expression in the page. */
  evaluate<T>(expression: string): Promise<T> {
    return this.page.evaluate(expression);
  }

  /** Waits until an expression, which may be a promise, becomes true in the page. */
  async until(expression: string, timeoutMs = 30_000): Promise<void> {
    // Playwright's waitForFunction takes a promise for true, so the page polls by itself.
    await this.page.evaluate(`(async () => {
      const deadline = performance.now() + ${timeoutMs};
      while (!(${expression})) {
        if (performance.now() > deadline) throw new Error("never became true: " + ${JSON.stringify(expression)});
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    })()`);
  }
}

/** A Chromium with fake camera and microphone. */
export class BrowserLab {
  readonly #browser: Browser;
  readonly #httpUrl: string;

  private constructor(browser: Browser, httpUrl: string) {
    this.#browser = browser;
    this.#httpUrl = httpUrl;
  }

  static async launch(httpUrl: string): Promise<BrowserLab> {
    const executablePath = process.env["CHROMIUM_PATH"];
    const browser = await chromium.launch({ args: ARGUMENTS, ...(executablePath ? { executablePath } : {}) });
    return new BrowserLab(browser, httpUrl);
  }

  async openPage(): Promise<LabPage> {
    const context = await this.#browser.newContext({ permissions: ["camera", "microphone"] });
    const page = await context.newPage();
    await page.goto(`${this.#httpUrl}/lab/`);
    return new LabPage(page);
  }

  close(): Promise<void> {
    return this.#browser.close();
  }
}
