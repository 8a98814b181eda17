export {
  asMediaStreamTrack,
  asRtcReceiver,
  asRtcSender,
  fromMediaStreamTrack,
  fromRtcReceiver,
  fromRtcSender,
} from "./browserTypes.ts";
export type { FrameSource, SourceFrame } from "./FrameSource.ts";
export { ProtocolTrack } from "./ProtocolTrack.ts";
export type { FrameTransform, RtpEnd, RtpFrame } from "./RtpEnd.ts";
