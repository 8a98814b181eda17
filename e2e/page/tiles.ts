import type { PersonBrowser } from "@conclave/bot/browser";
import type { Locator } from "playwright-core";

/** The tile of a person in our app. */
export function tileOf({ page }: PersonBrowser, name: string): Locator {
  return page.locator(`[data-testid=tile][aria-label^="${name}"]`);
}

/** The place in line that the tile of a person shows; empty while the hand is down. */
export function handOf(browser: PersonBrowser, name: string): Promise<string | null> {
  return tileOf(browser, name).getAttribute("data-hand");
}

/** The emoji that the tile of a person shows now. */
export function emojiOf(browser: PersonBrowser, name: string): Promise<string | null> {
  return tileOf(browser, name).getAttribute("data-reaction");
}
