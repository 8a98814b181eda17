import type { PersonBrowser } from "./openBrowser.ts";

/** Off, so that the tones of fake microphones are not taken for noise. */
const PARAMETERS = "debug=1&noiseSuppression=false&echoCancellation=false&autoGainControl=false";

/** Opens the link and waits for the lobby. `fragment` begins with `#`. */
export async function openLobby(browser: PersonBrowser, origin: string, linkId: string, fragment = ""): Promise<void> {
  await browser.page.goto(`${origin}/r/${linkId}?${PARAMETERS}${fragment}`);
  await browser.page.getByTestId("lobby-join").waitFor();
}

/** Types the person's name and presses Join; resolves when the call page stands. */
export async function pressJoin(browser: PersonBrowser): Promise<void> {
  await browser.page.getByTestId("lobby-name").fill(browser.person.name);
  await browser.page.getByTestId("lobby-join").click();
  await browser.page.getByTestId("call-leave").waitFor();
}

export async function enterCall(browser: PersonBrowser, origin: string, linkId: string, fragment = ""): Promise<void> {
  await openLobby(browser, origin, linkId, fragment);
  await pressJoin(browser);
}
