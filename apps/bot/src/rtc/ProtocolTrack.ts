import { BotTrack } from "../sfu/BotTrack.ts";
import type { FrameSource } from "./FrameSource.ts";

/** A track whose source makes encoded frames. */
export class ProtocolTrack extends BotTrack<FrameSource> {}
