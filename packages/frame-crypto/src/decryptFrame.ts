import { unescapeStartCodes } from "./clearRanges/emulationPrevention.ts";
import { findClearRange, type FrameShape } from "./clearRanges/findClearRange.ts";
import type { FrameKey } from "./FrameKey.ts";
import { IV_BYTES, OVERHEAD_BYTES, readIvWord, TRAILER_BYTES } from "./frameFormat.ts";
import type { DecryptOutcome } from "./outcome.ts";
import type { OwnerKeys } from "./OwnerKeys.ts";
import type { FramePlace, TrackRef } from "./StreamGuard.ts";

/** What became of a frame, and the plain frame where one may reach the decoder. */
export type DecryptResult =
  | { readonly outcome: "decrypted"; readonly frame: Uint8Array<ArrayBuffer> }
  | { readonly outcome: Exclude<DecryptOutcome, "decrypted" | "passthrough"> };

/** Where a frame arrived. */
export interface IncomingFrame extends FrameShape {
  readonly trackId: string;
  readonly nowMs: number;
}

/** An encrypted frame taken apart; everything is a view. */
interface Sealed {
  readonly header: Uint8Array<ArrayBuffer>;
  readonly ciphertext: Uint8Array<ArrayBuffer>;
  readonly iv: Uint8Array<ArrayBuffer>;
  readonly place: FramePlace;
}

/**
 * Decrypts one frame, or says why it must not be used. Never throws and never passes anything that is not authenticated:
 * an SFU's own filler frames are refused like any other. Empty audio frames (pauses) hold nothing and pass as they are.
 *
 * Tries the key that the frame names, and, a few times a second, the next steps of its ratchet. Junk changes nothing that
 * is kept.
 *
 * @param received the frame as it arrived; not modified
 * @param keys those of the member whom the signalling names; `undefined` if none are known
 * @see docs/protocol/frame-format.md; livekit-client's frame cryptor
 */
export async function decryptFrame(
  received: Uint8Array<ArrayBuffer>,
  about: IncomingFrame,
  keys: OwnerKeys | undefined,
): Promise<DecryptResult> {
  if (received.byteLength === 0) return { outcome: about.kind === "audio" ? "empty" : "malformed" };
  const sealed = open(received, about);
  if (sealed === undefined) return { outcome: "malformed" };
  // Behind the trailer's escapes nothing can be inserted: the byte before the index is never zero.
  const index = received[received.byteLength - 1] ?? 0;
  const found = keys?.find(index);
  const key = found instanceof Promise ? await found : found;
  if (keys === undefined || key === undefined) return { outcome: "missing_key" };
  if (!key.streams.allows(sealed.place, about, about.nowMs)) return { outcome: "replayed" };
  const result = await decryptWith(key, sealed, about);
  if (result.outcome !== "auth_failed") return result;
  for (const next of keys.ratchetCandidates(key)) {
    const retried = await decryptWith(next, sealed, about);
    if (retried.outcome === "auth_failed") continue;
    keys.adopt(index, key, next);
    return retried;
  }
  return result;
}

function open(received: Uint8Array<ArrayBuffer>, about: FrameShape): Sealed | undefined {
  const range = findClearRange(received, about);
  if (range === undefined) return undefined;
  const escaped = received.subarray(range.clearBytes);
  const rest = range.isAnnexB ? unescapeStartCodes(escaped) : escaped;
  const ciphertextBytes = rest.byteLength - IV_BYTES - TRAILER_BYTES;
  if (rest.byteLength < OVERHEAD_BYTES || rest[rest.byteLength - TRAILER_BYTES] !== IV_BYTES) return undefined;
  const iv = rest.subarray(ciphertextBytes, ciphertextBytes + IV_BYTES);
  return {
    header: received.subarray(0, range.clearBytes),
    ciphertext: rest.subarray(0, ciphertextBytes),
    iv,
    place: readPlace(iv),
  };
}

function readPlace(iv: Uint8Array): FramePlace {
  return { ssrc: readIvWord(iv, 0), timestamp: readIvWord(iv, 1), counter: readIvWord(iv, 2) };
}

async function decryptWith(key: FrameKey, sealed: Sealed, about: TrackRef & IncomingFrame): Promise<DecryptResult> {
  const { header, ciphertext, iv, place } = sealed;
  const opening = key.cipher.open(iv, header, ciphertext);
  const plain = opening instanceof Promise ? await opening : opening;
  if (plain === undefined) return { outcome: "auth_failed" };
  if (!key.streams.enter(place, about, about.nowMs)) return { outcome: "replayed" };
  if (header.byteLength === 0) return { outcome: "decrypted", frame: plain };
  const frame = new Uint8Array(header.byteLength + plain.byteLength);
  frame.set(header);
  frame.set(plain, header.byteLength);
  return { outcome: "decrypted", frame };
}
