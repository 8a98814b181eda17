import { createDecipheriv, hkdfSync } from "node:crypto";

import type { TappedFrame } from "./FrameRecorder.ts";

const TAG_BYTES = 16;
const IV_BYTES = 12;
const TRAILER_BYTES = 2;
const HKDF_INFO = Buffer.alloc(128);

/** A sender key as somebody received it. */
export interface HeldKey {
  readonly index: number;
  readonly bytes: Uint8Array;
}

/**
 * Decrypts a frame with whichever of the keys authenticates it; `undefined` if none does. Written with Node's crypto and
 * nothing of ours, so that it can judge frame-crypto.
 *
 * @see docs/protocol/frame-format.md
 */
export function openFrame(frame: TappedFrame, keys: readonly HeldKey[]): Buffer | undefined {
  const { data } = frame;
  const clearBytes = clearBytesOf(frame);
  const ivEnd = data.length - TRAILER_BYTES;
  if (data.length < clearBytes + TAG_BYTES + IV_BYTES + TRAILER_BYTES || data[ivEnd] !== IV_BYTES) return undefined;
  const tagStart = ivEnd - IV_BYTES - TAG_BYTES;
  for (const key of keys) {
    if (key.index !== data.at(-1)) continue;
    const aesKey = Buffer.from(hkdfSync("sha256", key.bytes, "LKFrameEncryptionKey", HKDF_INFO, 16));
    const decipher = createDecipheriv("aes-128-gcm", aesKey, data.subarray(ivEnd - IV_BYTES, ivEnd));
    decipher.setAAD(data.subarray(0, clearBytes));
    decipher.setAuthTag(data.subarray(tagStart, tagStart + TAG_BYTES));
    const opened = decipher.update(data.subarray(clearBytes, tagStart));
    try {
      decipher.final();
    } catch {
      continue;
    }
    return Buffer.concat([data.subarray(0, clearBytes), opened]);
  }
  return undefined;
}

function clearBytesOf(frame: TappedFrame): number {
  if (frame.kind === "audio") return 1;
  return frame.isKeyFrame ? 10 : 3;
}
