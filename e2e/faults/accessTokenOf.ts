import type { PersonBrowser } from "@conclave/bot/browser";

/** The token of the guest that the app has made in this browser, for rules about this one alone. */
export function accessTokenOf(browser: PersonBrowser): Promise<string> {
  return browser.page.evaluate(() => {
    const key = Object.keys(localStorage).find((name) => name.startsWith("conclave.account."))!;
    return (JSON.parse(localStorage.getItem(key)!) as { accessToken: string }).accessToken;
  });
}
