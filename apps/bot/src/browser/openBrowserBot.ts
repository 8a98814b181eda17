import type { Clock, Logger } from "@conclave/kit";

import type { BotPlace, BotSpec } from "../model.ts";
import { createProfile, openBrowser, type OpenBrowserOptions } from "./adapters/openBrowser.ts";
import { callWatchScript } from "./adapters/page/scripts.ts";
import { BrowserBot, type BrowserBotOptions } from "./BrowserBot.ts";
import { colours, personOf } from "./devices/personOf.ts";

export interface OpenBrowserBotOptions extends BrowserBotOptions {
  /** @default `CHROMIUM_PATH` of the environment, then where Debian puts it */
  readonly chromiumPath?: string;
  /** @default 800 x 500 */
  readonly viewport?: OpenBrowserOptions["viewport"];
}

/** Wide enough for the app's wide layout. Pictures are drawn without a GPU: 1280 x 800 cost half as much again. */
const VIEWPORT = { width: 800, height: 500 };

/** Makes a browser bot. Nothing runs before it is told to prepare or to join. */
export function openBrowserBot(
  deps: { readonly clock: Clock; readonly logger: Logger },
  spec: BotSpec,
  place: BotPlace,
  { chromiumPath, viewport = VIEWPORT, ...options }: OpenBrowserBotOptions,
): BrowserBot {
  const person = personOf(spec.number);
  const profile = createProfile(person);
  const browserOptions = {
    profile,
    viewport,
    script: callWatchScript(colours()),
    // Whoever runs bots lets them leave before the process ends.
    endsWithProcess: false,
    ...(chromiumPath === undefined ? {} : { chromiumPath }),
  };
  return new BrowserBot(
    { ...deps, openBrowser: () => openBrowser(person, browserOptions), removeProfile: () => profile.remove() },
    spec,
    place,
    options,
  );
}
