import type { FrameShape } from "../clearRanges/findClearRange.ts";
import { UNKNOWN_SSRC } from "../frameFormat.ts";
import type { OutgoingFrame } from "../encryptFrame.ts";
import type { EncodedFrame, TransformSetup } from "./messages.ts";

/** The parts of WebRTC's frame metadata that we read; browsers differ in what they fill in. */
interface FrameMetadata {
  readonly synchronizationSource?: number;
  readonly payloadType?: number;
  readonly mimeType?: string;
}

const SUPPORTED: ReadonlySet<string> = new Set(["opus", "vp8", "vp9", "h264"]);

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
  const name = told.slice(told.indexOf("/") + 1).toLowerCase();
  return SUPPORTED.has(name) ? (name as FrameShape["codec"]) : "unsupported";
}

function mimeTypeFor(payloadType: number | undefined, setup: TransformSetup): string | undefined {
  for (const [known, mimeType] of setup.payloadTypes) if (known === payloadType) return mimeType;
  return undefined;
}
