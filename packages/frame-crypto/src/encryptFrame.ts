import { escapeStartCodes } from "./clearRanges/emulationPrevention.ts";
import { findClearRange, type FrameShape } from "./clearRanges/findClearRange.ts";
import { widenStartCodes } from "./clearRanges/h264.ts";
import { IV_BYTES, TRAILER_BYTES } from "./frameFormat.ts";
import type { EncryptOutcome } from "./outcome.ts";
import type { SenderKeyInUse } from "./OwnerKeys.ts";

/** What became of a frame, and the frame itself where one may leave. */
export type EncryptResult =
  | { readonly outcome: "encrypted"; readonly frame: Uint8Array<ArrayBuffer> }
  | { readonly outcome: Exclude<EncryptOutcome, "encrypted"> };

/** The stream that a frame belongs to. */
export interface OutgoingFrame extends FrameShape {
  readonly ssrc: number;
}

/**
 * Encrypts one encoded frame for everybody who holds the sender key.
 *
 * Layout: clear range | ciphertext + tag (16 B) | IV (12 B) | IV length (1 B) | key index (1 B). The IV is unique per key.
 * Never throws: whatever goes wrong, there is an outcome and no frame.
 *
 * @param plain encoded media; not modified
 * @param sender `undefined` if there is no key to encrypt with
 * @returns with `encrypted` a frame 30 bytes longer (H.264: plus escapes), in a buffer of its own
 * @see docs/protocol/frame-format.md; livekit-client's frame cryptor
 */
export async function encryptFrame(
  plain: Uint8Array<ArrayBuffer>,
  about: OutgoingFrame,
  sender: SenderKeyInUse | undefined,
): Promise<EncryptResult> {
  if (plain.byteLength === 0) return { outcome: "empty" };
  if (sender === undefined) return { outcome: "dropped_no_key" };
  const range = findClearRange(plain, about);
  if (range === undefined) return { outcome: "dropped_unsupported" };
  const iv = sender.key.ivs.next(about.ssrc);
  if (iv === undefined) return { outcome: "dropped_no_key" };
  const clear = plain.subarray(0, range.clearBytes);
  const header = range.isAnnexB ? widenStartCodes(clear) : clear;
  try {
    const sealing = sender.key.cipher.seal(iv, header, plain.subarray(range.clearBytes));
    const sealed = sealing instanceof Promise ? await sealing : sealing;
    const frame = range.isAnnexB
      ? join(header, escapeStartCodes(seal(new Uint8Array(0), sealed, iv, sender.index)))
      : seal(header, sealed, iv, sender.index);
    return { outcome: "encrypted", frame };
  } catch {
    return { outcome: "dropped_fault" };
  }
}

function seal(header: Uint8Array, sealed: Uint8Array, iv: Uint8Array, keyIndex: number): Uint8Array<ArrayBuffer> {
  const ivAt = header.byteLength + sealed.byteLength;
  const frame = new Uint8Array(ivAt + IV_BYTES + TRAILER_BYTES);
  frame.set(header);
  frame.set(sealed, header.byteLength);
  frame.set(iv, ivAt);
  frame[ivAt + IV_BYTES] = IV_BYTES;
  frame[ivAt + IV_BYTES + 1] = keyIndex;
  return frame;
}

function join(header: Uint8Array, rest: Uint8Array): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(header.byteLength + rest.byteLength);
  frame.set(header);
  frame.set(rest, header.byteLength);
  return frame;
}
