/** What a frame looks like on the way through a fake SFU. */
export interface FakeFrame {
  readonly payload: string;
  /** `undefined`: in clear. */
  readonly key?: { readonly index: number; readonly hex: string };
}

/** A stand-in for `RTCRtpSender` and `RTCRtpReceiver`: like the real ones it lets frames pass until it has a transform. */
export class FakeRtpEnd {
  transformFrame: (frame: FakeFrame) => FakeFrame | undefined = (frame) => frame;
}

let serial = 0;

/** A stand-in for a `MediaStreamTrack`, for tests under Node. */
export class FakeTrack {
  readonly kind: "audio" | "video";
  readonly id: string;
  readyState: "live" | "ended" = "live";
  enabled = true;

  constructor(kind: "audio" | "video") {
    this.kind = kind;
    this.id = `fake-${kind}-${(serial += 1)}`;
  }

  stop(): void {
    this.readyState = "ended";
  }
}

/** Makes a track as the browser would give it. */
export function fakeTrack(kind: "audio" | "video"): MediaStreamTrack {
  return new FakeTrack(kind) as unknown as MediaStreamTrack;
}
