import { obuHeader } from "./clearRanges/av1.ts";
import { escapeStartCodes } from "./clearRanges/emulationPrevention.ts";
import { type ClearRange, findClearRange, type FrameShape } from "./clearRanges/findClearRange.ts";
import { widenStartCodes } from "./clearRanges/h264.ts";
import { type CipherOutput, type MaybePromise, toBytes } from "./FrameCipher.ts";
import { IV_BYTES, TRAILER_BYTES } from "./frameFormat.ts";
import type { EncryptOutcome } from "./outcome.ts";
import type { SenderKeyInUse } from "./OwnerKeys.ts";

/** What became of a frame, and the frame itself where one may leave. */
export type EncryptResult =
  | { readonly outcome: "encrypted"; readonly frame: Uint8Array<ArrayBuffer> }
  | { readonly outcome: Exclude<EncryptOutcome, "encrypted">; readonly frame?: undefined };

/** The stream that a frame belongs to. */
export interface OutgoingFrame extends FrameShape {
  readonly ssrc: number;
}

/** What goes into an encrypted frame beside the ciphertext. */
interface Envelope {
  readonly header: Uint8Array<ArrayBuffer>;
  readonly iv: Uint8Array<ArrayBuffer>;
  readonly keyIndex: number;
  readonly isAnnexB: boolean;
}

const FAULT: EncryptResult = { outcome: "dropped_fault" };

/**
 * Encrypts one encoded frame for everybody who holds the sender key.
 *
 * Layout: clear range | ciphertext + tag (16 B) | IV (12 B) | IV length (1 B) | key index (1 B). The IV is unique per key.
 * Never throws: whatever goes wrong, there is an outcome and no frame. Answers at once if the cipher does, and makes no
 * promise beyond the cipher's own and one.
 *
 * @param plain encoded media; not modified
 * @param sender `undefined` if there is no key to encrypt with
 * @returns with `encrypted` a frame 30 bytes longer (H.264: plus escapes; AV1: 31), in a buffer of its own
 * @see docs/protocol/frame-format.md; livekit-client's frame cryptor
 */
export function encryptFrame(
  plain: Uint8Array<ArrayBuffer>,
  about: OutgoingFrame,
  sender: SenderKeyInUse | undefined,
): MaybePromise<EncryptResult> {
  if (plain.byteLength === 0) return { outcome: "empty" };
  if (sender === undefined) return { outcome: "dropped_no_key" };
  const range = findClearRange(plain, about);
  if (range === undefined) return { outcome: "dropped_unsupported" };
  const iv = sender.key.ivs.next(about.ssrc);
  if (iv === undefined) return { outcome: "dropped_no_key" };
  try {
    const { isAnnexB } = range;
    const envelope = { header: headerOf(plain, about, range), iv, keyIndex: sender.index, isAnnexB };
    const sealing = sender.key.cipher.seal(iv, envelope.header, plain.subarray(range.clearBytes));
    if (!(sealing instanceof Promise)) return finish(envelope, sealing);
    return sealing.then(
      (sealed) => finish(envelope, sealed),
      () => FAULT,
    );
  } catch {
    return FAULT;
  }
}

function headerOf(
  plain: Uint8Array<ArrayBuffer>,
  { kind, codec, isKeyFrame }: FrameShape,
  { clearBytes, isAnnexB }: ClearRange,
): Uint8Array<ArrayBuffer> {
  if (kind === "video" && codec === "av1") return obuHeader(isKeyFrame);
  const clear = plain.subarray(0, clearBytes);
  return isAnnexB ? widenStartCodes(clear) : clear;
}

function finish(envelope: Envelope, output: CipherOutput): EncryptResult {
  try {
    const sealed = toBytes(output);
    const frame = envelope.isAnnexB
      ? join(envelope.header, escapeStartCodes(join(sealed, trailerOf(envelope))))
      : seal(envelope, sealed);
    return { outcome: "encrypted", frame };
  } catch {
    // Out of memory, at worst.
    return FAULT;
  }
}

/** The whole frame in one buffer, each byte written once. */
function seal({ header, iv, keyIndex }: Envelope, sealed: Uint8Array): Uint8Array<ArrayBuffer> {
  const ivAt = header.byteLength + sealed.byteLength;
  const frame = new Uint8Array(ivAt + IV_BYTES + TRAILER_BYTES);
  frame.set(header);
  frame.set(sealed, header.byteLength);
  frame.set(iv, ivAt);
  frame[ivAt + IV_BYTES] = IV_BYTES;
  frame[ivAt + IV_BYTES + 1] = keyIndex;
  return frame;
}

function trailerOf({ iv, keyIndex }: Envelope): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(...iv, IV_BYTES, keyIndex);
}

function join(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(first.byteLength + second.byteLength);
  joined.set(first);
  joined.set(second, first.byteLength);
  return joined;
}
