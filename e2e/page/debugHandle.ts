import type { PersonBrowser } from "@conclave/bot/browser";
import type { CallState, CallStatistics, KeyPair } from "@conclave/call";

/** The device that a browser is in the call with. */
export function ownDevice(browser: PersonBrowser): Promise<{ userId: string; deviceId: string }> {
  return browser.page.evaluate(() => {
    const self = window.conclave.call!.members.get().find((member) => member.isSelf)!;
    return { userId: self.userId, deviceId: self.deviceId };
  });
}

/** Its name on the SFU, in the layer that is sent by default. @see matrixrtc.md 9.5 */
export async function ownIdentity(browser: PersonBrowser): Promise<string> {
  const { userId, deviceId } = await ownDevice(browser);
  return `${userId}:${deviceId}`;
}

/** How its call says that it is. */
export function phaseOf(browser: PersonBrowser): Promise<CallState["phase"]> {
  return browser.page.evaluate(() => window.conclave.call!.state.get().phase);
}

export function statisticsOf(browser: PersonBrowser): Promise<CallStatistics> {
  return browser.page.evaluate(() => window.conclave.statistics!);
}

/** How the keys between a browser and each other member stand. */
export function keysOf(browser: PersonBrowser): Promise<readonly KeyPair[]> {
  return browser.page.evaluate(() => window.conclave.call!.keys.get());
}
