import { BrowserTypes } from "../sfu/BrowserTypes.ts";
import type { NativeEnd } from "./NativeEnd.ts";
import { NativeTrack } from "./NativeTrack.ts";

/** Under which names tracks and ends of native bots travel through the engine. */
export const browserTypes: BrowserTypes<NativeTrack, NativeEnd> = new BrowserTypes(NativeTrack);
