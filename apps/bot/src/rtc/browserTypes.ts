import { ProtocolTrack } from "./ProtocolTrack.ts";
import type { RtpEnd } from "./RtpEnd.ts";

// The ports of `@conclave/call` speak of browser objects, which it hands on without looking into them. Node has none, so
// ours travel under those names. This is the only file that claims so, and each way back is checked.

const ends = new WeakSet<object>();

export function asMediaStreamTrack(track: ProtocolTrack): MediaStreamTrack {
  return track as unknown as MediaStreamTrack;
}

/** @throws {TypeError} if it was not made by `asMediaStreamTrack` */
export function fromMediaStreamTrack(track: MediaStreamTrack): ProtocolTrack {
  const candidate: unknown = track;
  if (candidate instanceof ProtocolTrack) return candidate;
  throw new TypeError("Not a track of a protocol bot");
}

export function asRtcSender(end: RtpEnd): RTCRtpSender {
  ends.add(end);
  return end as unknown as RTCRtpSender;
}

export function asRtcReceiver(end: RtpEnd): RTCRtpReceiver {
  ends.add(end);
  return end as unknown as RTCRtpReceiver;
}

/** @throws {TypeError} if it was not made by `asRtcSender` */
export function fromRtcSender(sender: RTCRtpSender): RtpEnd {
  return fromEnd(sender);
}

/** @throws {TypeError} if it was not made by `asRtcReceiver` */
export function fromRtcReceiver(receiver: RTCRtpReceiver): RtpEnd {
  return fromEnd(receiver);
}

function fromEnd(end: RTCRtpSender | RTCRtpReceiver): RtpEnd {
  if (ends.has(end)) return end as unknown as RtpEnd;
  throw new TypeError("Not an end of a protocol bot");
}
