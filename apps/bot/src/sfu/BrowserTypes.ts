/**
 * The ports of `@conclave/call` speak of browser objects, which the engine hands on without looking into them. Node has
 * none, so a tier's own travel under those names. This is the only file that claims so, and each way back is checked.
 */
export class BrowserTypes<Track extends object, End extends object> {
  readonly #TrackClass: new (...parts: never[]) => Track;
  readonly #ends = new WeakSet<object>();

  constructor(trackClass: new (...parts: never[]) => Track) {
    this.#TrackClass = trackClass;
  }

  asMediaStreamTrack(track: Track): MediaStreamTrack {
    return track as unknown as MediaStreamTrack;
  }

  /** @throws {TypeError} if it is not a track of this tier */
  fromMediaStreamTrack(track: MediaStreamTrack): Track {
    const candidate: unknown = track;
    if (candidate instanceof this.#TrackClass) return candidate;
    throw new TypeError("Not a track of this tier");
  }

  asRtcSender(end: End): RTCRtpSender {
    this.#ends.add(end);
    return end as unknown as RTCRtpSender;
  }

  asRtcReceiver(end: End): RTCRtpReceiver {
    this.#ends.add(end);
    return end as unknown as RTCRtpReceiver;
  }

  /** @throws {TypeError} if it was not made by `asRtcSender` or `asRtcReceiver` of the same tier */
  fromRtcEnd(end: RTCRtpSender | RTCRtpReceiver): End {
    if (this.#ends.has(end)) return end as unknown as End;
    throw new TypeError("Not an end of this tier");
  }
}
