/** An encoded frame that is to be sent. */
export interface SourceFrame {
  readonly data: Uint8Array<ArrayBuffer>;
  readonly isKeyFrame: boolean;
  /** How long it lasts: the next one is due then. */
  readonly durationMs: number;
}

/** Makes the frames of a track, one after the other; stands for a camera or a microphone. */
export interface FrameSource {
  readonly kind: "audio" | "video";
  readonly codec: "opus" | "vp8";
  /** Pixels; video only. */
  readonly size?: { readonly width: number; readonly height: number };
  /** @param nowMs ms since 1970, stamped into the frame */
  next(nowMs: number): SourceFrame;
  /** Somebody has joined or lost the thread: the next frame should be a key frame. */
  requestKeyFrame?(): void;
}
