import type { PersonBrowser } from "@conclave/bot/browser";
import type { Frame, Page } from "playwright-core";

/** Off, so that the tones of fake microphones are not taken for noise. */
export const PLAIN_SOUND = "debug=1&noiseSuppression=false&echoCancellation=false&autoGainControl=false";

export interface HostPlace {
  /** Where the demo host is. */
  readonly hostUrl: string;
  readonly homeserver: string;
  /** Where the call app is. */
  readonly conclave: string;
  readonly room: string;
}

export interface HostWishes {
  readonly widget?: "conclave" | "element-call";
  readonly theme?: "light" | "dark";
  /** For the widget, besides plain sound. */
  readonly parameters?: string;
}

/** Signs in to the host page, goes into the room and starts a call there. @returns the frame of the widget */
export async function startCallInHost(browser: PersonBrowser, place: HostPlace, wishes: HostWishes): Promise<Frame> {
  await openHost(browser, place, { ...wishes, call: true });
  return widgetIn(browser);
}

/** Signs in to the host page and goes into the room. */
export async function enterRoomInHost(browser: PersonBrowser, place: HostPlace, wishes: HostWishes): Promise<void> {
  await openHost(browser, place, { ...wishes, call: false });
  await browser.page.locator(".rooms [aria-current=true]").waitFor();
}

/** The frame of the widget that is open in the host page, as soon as it is. */
export async function widgetIn(browser: PersonBrowser): Promise<Frame> {
  const frame = await browser.page.locator("iframe").elementHandle();
  const content = await frame?.contentFrame();
  if (!content) throw new Error("The host opened no widget");
  return content;
}

async function openHost(
  browser: PersonBrowser,
  place: HostPlace,
  wishes: HostWishes & { readonly call: boolean },
): Promise<void> {
  const address = new URL(place.hostUrl);
  const fields = {
    homeserver: place.homeserver,
    conclave: place.conclave,
    room: place.room,
    name: browser.person.name,
    widget: wishes.widget ?? "conclave",
    theme: wishes.theme ?? "light",
    call: String(wishes.call),
    widgetParameters: [PLAIN_SOUND, wishes.parameters].filter(Boolean).join("&"),
  };
  for (const [name, value] of Object.entries(fields)) address.searchParams.set(name, value);
  await browser.page.goto(address.href);
}

/** The person's browser with the frame in place of its page, for whoever looks at a page. */
export function inFrame(browser: PersonBrowser, frame: Frame): PersonBrowser {
  return { ...browser, page: frame as unknown as Page };
}
