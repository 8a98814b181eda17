import type { PersonBrowser } from "@conclave/bot/browser";

const LOOK_MS = 50;

/** Notes from now on how the page's call says that it is. @returns reads what it has been, each phase once */
export async function watchPhases({ page }: PersonBrowser): Promise<() => Promise<readonly string[]>> {
  const phases = await page.evaluateHandle((lookMs) => {
    const seen = new Set<string>();
    setInterval(() => seen.add(window.conclave.call!.state.get().phase), lookMs);
    return seen;
  }, LOOK_MS);
  return () => phases.evaluate((seen) => [...seen]);
}
