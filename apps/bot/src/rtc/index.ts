export { browserTypes } from "./browserTypes.ts";
export { createProtocolSfu } from "./createProtocolSfu.ts";
export type { ProtocolSfu, ProtocolSfuDeps } from "./createProtocolSfu.ts";
export type { FrameSource, SourceFrame } from "./FrameSource.ts";
export type { ProtocolConnection } from "./ProtocolConnection.ts";
export { ProtocolTrack } from "./ProtocolTrack.ts";
export type { ReceivedTrack, RtcObserver, SentTrack } from "./RtcObserver.ts";
export type { FrameTransform, RtpEnd, RtpFrame } from "./RtpEnd.ts";
