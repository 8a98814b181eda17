import type { FrameCodec, FrameReader, FrameShape, MediaKind } from "@conclave/frame-crypto";

import type { RtpFrame } from "../rtc/RtpEnd.ts";

/** Looks into the frames of a bot's transport. */
export const rtpFrames: FrameReader<RtpFrame> = {
  bytesOf: (frame) => frame.data,
  shapeOf: ({ isKeyFrame, ssrc }, { kind, codec }) => ({ kind, codec: codecOf(kind, codec), isKeyFrame, ssrc }),
};

/** The codec that frame encryption goes by: nobody is asked about sound, which has but one. */
export function codecOf(kind: MediaKind, told: FrameCodec | undefined): FrameShape["codec"] {
  return kind === "audio" ? "opus" : (told ?? "unknown");
}
