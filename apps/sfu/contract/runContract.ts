import { BrowserLab, labPages } from "../src/testing/BrowserLab.ts";
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";

import { describe, it, onTestFinished, afterAll } from "vitest";
import type { TestContext } from "vitest";

import type { ContractServer } from "./ContractServer.ts";
import { browserChapters, chapters } from "./chapters.ts";
import { Stage } from "./Stage.ts";

export interface ContractRun {
  /** Which server it is: differences are expected of ours alone. */
  readonly isOurs: boolean;
  /** The server; may skip the test. */
  readonly server: (context: TestContext) => ContractServer;
  /** Whether the chapters that need Chromium are run, too; true unless given. */
  readonly withBrowser?: boolean;
}

/** Declares one test for each behaviour of the contract. */
export function runContract({ isOurs, server, withBrowser = true }: ContractRun): void {
  const pages = lazyBrowser();
  afterAll(() => pages.close());
  for (const { subject, behaviours } of withBrowser ? [...chapters, ...browserChapters] : chapters) {
    describe(subject, () => {
      for (const { name, run, differs } of behaviours) {
        const declare = isOurs && differs !== undefined ? it.fails : it;
        declare(name, async (context) => {
          const stage = new Stage(server(context), () => pages.open());
          onTestFinished(() => stage.end());
          await run(stage);
        });
      }
    });
  }
}

/** Chromium and the page with livekit-client, once they are needed. */
function lazyBrowser(): { open(): Promise<BrowserLab>; close(): Promise<void> } {
  const answer = labPages();
  const site = createServer((request, response) => {
    if (!answer(request, response)) response.writeHead(404).end();
  });
  let lab: Promise<BrowserLab> | undefined;
  async function launch(): Promise<BrowserLab> {
    site.listen(0, "127.0.0.1");
    await once(site, "listening");
    return BrowserLab.launch(`http://127.0.0.1:${(site.address() as AddressInfo).port}`);
  }
  return {
    open: () => (lab ??= launch()),
    async close() {
      await (await lab?.catch(() => undefined))?.close();
      site.closeAllConnections();
      site.close();
    },
  };
}
