import type { Chapter } from "./Behaviour.ts";
import { announcing } from "./behaviours/announcing.ts";
import { browserMedia } from "./behaviours/browserMedia.ts";
import { browserSessions } from "./behaviours/browserSessions.ts";
import { describing } from "./behaviours/describing.ts";
import { joining } from "./behaviours/joining.ts";
import { nativeData } from "./behaviours/nativeData.ts";
import { nativeMedia } from "./behaviours/nativeMedia.ts";
import { offering } from "./behaviours/offering.ts";
import { resuming } from "./behaviours/resuming.ts";
import { serverApi } from "./behaviours/serverApi.ts";
import { waysIn } from "./behaviours/waysIn.ts";

/** What needs no browser, quick chapters first … */
export const chapters: readonly Chapter[] = [
  waysIn,
  joining,
  describing,
  announcing,
  offering,
  resuming,
  serverApi,
  nativeMedia,
  nativeData,
];

/** … and what livekit-client does in Chromium. */
export const browserChapters: readonly Chapter[] = [browserMedia, browserSessions];
