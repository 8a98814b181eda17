import { BrowserTypes } from "../sfu/BrowserTypes.ts";
import { ProtocolTrack } from "./ProtocolTrack.ts";
import type { RtpEnd } from "./RtpEnd.ts";

/** Under which names tracks and ends of protocol bots travel through the engine. */
export const browserTypes: BrowserTypes<ProtocolTrack, RtpEnd> = new BrowserTypes(ProtocolTrack);
