import { readFileSync } from "node:fs";

import type { PersonBrowser } from "@conclave/bot/browser";

/** Ends the page's renderer as a fault of the browser would: nothing says goodbye. */
export async function crashPage({ page, context }: PersonBrowser): Promise<void> {
  const session = await context.newCDPSession(page);
  const crashed = new Promise((resolve) => page.once("crash", resolve));
  // It is not answered by who has gone.
  void session.send("Page.crash").catch(() => {});
  await crashed;
}

/**
 * Stops the page's process in the middle of whatever it does, as a phone or a computer without memory may.
 *
 * @returns lets it go on; idempotent
 */
export function freezePage(browser: PersonBrowser): () => void {
  const renderers = browser.processes().filter(isRenderer);
  for (const id of renderers) process.kill(id, "SIGSTOP");
  return () => {
    for (const id of renderers.splice(0)) process.kill(id, "SIGCONT");
  };
}

/** Makes the page's thread so many times slower. @returns makes it as fast as before */
export async function slowPage({ page, context }: PersonBrowser, times: number): Promise<() => Promise<void>> {
  const session = await context.newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate: times });
  return async () => {
    await session.send("Emulation.setCPUThrottlingRate", { rate: 1 });
    await session.detach();
  };
}

function isRenderer(id: number): boolean {
  try {
    return readFileSync(`/proc/${id}/cmdline`, "utf8").includes("--type=renderer");
  } catch {
    // It has ended meanwhile.
    return false;
  }
}
