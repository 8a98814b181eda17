import type { FrameShape } from "../clearRanges/findClearRange.ts";
import { UNKNOWN_SSRC } from "../frameFormat.ts";
import type { FrameCodec } from "../outcome.ts";
import type { OutgoingFrame } from "../encryptFrame.ts";
import type { EncodedFrame, TransformSetup } from "./messages.ts";

/** The parts of WebRTC's frame metadata that we read; browsers differ in what they fill in. */
interface FrameMetadata {
  readonly synchronizationSource?: number;
  readonly payloadType?: number;
  readonly mimeType?: string;
}

/** As browsers spell them, and as signalling does. */
const NAMES: ReadonlyMap<string, FrameCodec> = new Map([
  ["opus", "opus"],
  ["vp8", "vp8"],
  ["video/VP8", "vp8"],
  ["vp9", "vp9"],
  ["video/VP9", "vp9"],
  ["h264", "h264"],
  ["video/H264", "h264"],
  ["av1", "av1"],
  ["video/AV1", "av1"],
]);

/**
 * Says what a frame is: the frame itself knows best, then the payload types, then what the signalling announced. All of
 * them may come from the SFU; a wrong word makes the frame fail its authentication, nothing else.
 */
export function shapeOf(frame: EncodedFrame, setup: TransformSetup): OutgoingFrame {
  const metadata: FrameMetadata = frame.getMetadata();
  return {
    kind: setup.kind,
    codec: setup.kind === "audio" ? "opus" : videoCodecOf(metadata, setup),
    isKeyFrame: "type" in frame && frame.type === "key",
    ssrc: metadata.synchronizationSource ?? UNKNOWN_SSRC,
  };
}

function videoCodecOf(metadata: FrameMetadata, setup: TransformSetup): FrameShape["codec"] {
  const told = metadata.mimeType ?? mimeTypeFor(metadata.payloadType, setup) ?? setup.codec;
  if (told === undefined) return "unknown";
  const name = nameOf(told);
  // livekit-client cannot decrypt it, so it must not be sent where one may listen. What comes is judged by its key.
  if (name === "av1" && setup.direction === "send" && !setup.allowsAv1) return "unsupported";
  return name;
}

/** Asked for each frame, so a plain word is found without looking at its letters. */
function nameOf(told: string): FrameCodec | "unsupported" {
  const known = NAMES.get(told);
  if (known !== undefined) return known;
  return NAMES.get(told.slice(told.indexOf("/") + 1).toLowerCase()) ?? "unsupported";
}

function mimeTypeFor(payloadType: number | undefined, setup: TransformSetup): string | undefined {
  for (const [known, mimeType] of setup.payloadTypes) if (known === payloadType) return mimeType;
  return undefined;
}
