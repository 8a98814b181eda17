import { openPage } from "./openPage.ts";

/** Makes an encrypted call room as a person would, in a browser of its own, and returns its link. */
export async function newCall(origin: string): Promise<string> {
  const browser = await openPage();
  try {
    await browser.page.goto(origin);
    await browser.page.getByTestId("home-start").click();
    await browser.page.getByTestId("lobby-join").waitFor();
    return browser.page.url();
  } finally {
    await browser.close();
  }
}
