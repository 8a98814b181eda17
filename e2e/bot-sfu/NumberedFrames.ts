import type { FrameSource, SourceFrame } from "@conclave/bot/rtc";

const NUMBER_AT = 12;
const AUDIO_BYTES = 80;
/** More than three packets, so that frames are cut and put together. */
const VIDEO_BYTES = 4_000;

/** Frames that carry their own number, and are otherwise what an SFU wants to see. */
export class NumberedFrames implements FrameSource {
  readonly kind: "audio" | "video";
  readonly codec: "opus" | "vp8";
  sent = 0;

  constructor(kind: "audio" | "video") {
    this.kind = kind;
    this.codec = kind === "audio" ? "opus" : "vp8";
  }

  next(): SourceFrame {
    const isVideo = this.kind === "video";
    const data = new Uint8Array(isVideo ? VIDEO_BYTES : AUDIO_BYTES);
    // The head of a VP8 key frame of 320x180 (RFC 6386 §9.1).
    if (isVideo) data.set([0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xb4, 0x00]);
    new DataView(data.buffer).setUint32(NUMBER_AT, this.sent++);
    return { data, isKeyFrame: true, durationMs: isVideo ? 100 : 20 };
  }
}

export function numberOf(frame: Uint8Array): number {
  return new DataView(frame.buffer, frame.byteOffset).getUint32(NUMBER_AT);
}
