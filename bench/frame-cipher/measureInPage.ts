import { fileURLToPath } from "node:url";

import { build } from "vite";

import { openPage } from "../openPage.ts";
import { servePages } from "../servePages.ts";
import type { Samples, Task } from "./page/measure.ts";

const PAGE_FOLDER = fileURLToPath(new URL("../artifacts/frame-cipher", import.meta.url));

/** Runs tasks one after the other in a worker of Chromium. */
export async function measureInPage(tasks: readonly Task[]): Promise<Samples[]> {
  await build({ configFile: fileURLToPath(new URL("page/vite.config.ts", import.meta.url)) });
  const pages = await servePages(PAGE_FOLDER);
  const browser = await openPage();
  try {
    await browser.page.goto(pages.url);
    const samples: Samples[] = [];
    for (const task of tasks) samples.push(await browser.page.evaluate((each) => window.measureCipher(each), task));
    return samples;
  } finally {
    await browser.close();
    pages.close();
  }
}
