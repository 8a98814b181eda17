import type { MediaKind } from "@conclave/frame-crypto";

/** An encoded frame between packets and frame encryption. */
export interface RtpFrame {
  readonly data: Uint8Array<ArrayBuffer>;
  readonly ssrc: number;
  /** RTP clock. */
  readonly timestamp: number;
  /** Always true for audio. */
  readonly isKeyFrame: boolean;
}

/** Encrypts or decrypts one frame; `undefined` if it must not go on. */
export type FrameTransform = (frame: RtpFrame) => Promise<Uint8Array<ArrayBuffer> | undefined>;

/**
 * One direction of one track: what stands for `RTCRtpSender` and `RTCRtpReceiver` in Node. The transport calls
 * `transform` for each frame and drops frames as long as there is none.
 */
export interface RtpEnd {
  readonly kind: MediaKind;
  transform: FrameTransform | undefined;
}
