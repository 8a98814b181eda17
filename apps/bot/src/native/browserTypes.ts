import type { NativeEnd } from "./NativeEnd.ts";
import { NativeTrack } from "./NativeTrack.ts";

// The ports of `@conclave/call` speak of browser objects, which it hands on without looking into them. The library has
// none, so ours travel under those names. This is the only file of the tier that claims so; each way back is checked.

const ends = new WeakSet<object>();

export function asMediaStreamTrack(track: NativeTrack): MediaStreamTrack {
  return track as unknown as MediaStreamTrack;
}

/** @throws {TypeError} if it was not made by `asMediaStreamTrack` */
export function fromMediaStreamTrack(track: MediaStreamTrack): NativeTrack {
  const candidate: unknown = track;
  if (candidate instanceof NativeTrack) return candidate;
  throw new TypeError("Not a track of a native bot");
}

export function asRtcSender(end: NativeEnd): RTCRtpSender {
  ends.add(end);
  return end as unknown as RTCRtpSender;
}

export function asRtcReceiver(end: NativeEnd): RTCRtpReceiver {
  ends.add(end);
  return end as unknown as RTCRtpReceiver;
}

/** @throws {TypeError} if it was not made by `asRtcSender` or `asRtcReceiver` */
export function fromRtcEnd(end: RTCRtpSender | RTCRtpReceiver): NativeEnd {
  if (ends.has(end)) return end as unknown as NativeEnd;
  throw new TypeError("Not an end of a native bot");
}
