import type { FrameCodec, MediaKind } from "../outcome.ts";
import { h264ClearBytes } from "./h264.ts";
import { OPUS_CLEAR_BYTES } from "./opus.ts";
import { vp8ClearBytes } from "./vp8.ts";
import { VP9_CLEAR_BYTES } from "./vp9.ts";

/** What is known about a frame besides its bytes. */
export interface FrameShape {
  readonly kind: MediaKind;
  /** `unknown`: nobody told; it is guessed from the bytes. `unsupported`: told, and not one of ours. */
  readonly codec: FrameCodec | "unknown" | "unsupported";
  readonly isKeyFrame: boolean;
}

/** Which bytes at the start stay readable, and whether the rest needs emulation prevention. */
export interface ClearRange {
  readonly clearBytes: number;
  readonly isAnnexB: boolean;
}

const OPUS: ClearRange = { clearBytes: OPUS_CLEAR_BYTES, isAnnexB: false };
const VP8_KEY: ClearRange = { clearBytes: vp8ClearBytes(true), isAnnexB: false };
const VP8_DELTA: ClearRange = { clearBytes: vp8ClearBytes(false), isAnnexB: false };
/** All is encrypted; see `av1.ts` for the byte that is put in front. */
const AV1: ClearRange = { clearBytes: 0, isAnnexB: false };
const VP9: ClearRange = { clearBytes: VP9_CLEAR_BYTES, isAnnexB: false };

/**
 * Finds the clear range of a plain or an encrypted frame; both give the same, because all that decides is itself clear.
 *
 * @returns `undefined` if the frame cannot be of that codec, or is of none that we encrypt
 */
export function findClearRange(frame: Uint8Array, shape: FrameShape): ClearRange | undefined {
  const range = shape.kind === "audio" ? OPUS : findVideoRange(frame, shape);
  return range !== undefined && range.clearBytes <= frame.byteLength ? range : undefined;
}

function findVideoRange(frame: Uint8Array, shape: FrameShape): ClearRange | undefined {
  const vp8 = shape.isKeyFrame ? VP8_KEY : VP8_DELTA;
  if (shape.codec === "vp8") return vp8;
  if (shape.codec === "vp9") return VP9;
  if (shape.codec === "av1") return AV1;
  if (shape.codec === "h264") return findAnnexBRange(frame);
  return shape.codec === "unknown" ? (findAnnexBRange(frame) ?? vp8) : undefined;
}

function findAnnexBRange(frame: Uint8Array): ClearRange | undefined {
  const clearBytes = h264ClearBytes(frame);
  return clearBytes === undefined ? undefined : { clearBytes, isAnnexB: true };
}
