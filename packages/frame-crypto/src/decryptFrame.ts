import { unwrapObu } from "./clearRanges/av1.ts";
import { unescapeStartCodes } from "./clearRanges/emulationPrevention.ts";
import { findClearRange, type FrameShape } from "./clearRanges/findClearRange.ts";
import { type CipherOutput, type MaybePromise, toBytes } from "./FrameCipher.ts";
import type { FrameKey } from "./FrameKey.ts";
import { IV_BYTES, OVERHEAD_BYTES, readIvWord, TRAILER_BYTES } from "./frameFormat.ts";
import type { DecryptOutcome } from "./outcome.ts";
import type { OwnerKeys } from "./OwnerKeys.ts";
import type { FramePlace } from "./StreamGuard.ts";

/** What became of a frame, and the plain frame where one may reach the decoder. */
export type DecryptResult =
  | { readonly outcome: "decrypted"; readonly frame: Uint8Array<ArrayBuffer> }
  | { readonly outcome: Exclude<DecryptOutcome, "decrypted" | "passthrough">; readonly frame?: undefined };

/** Where a frame arrived. */
export interface IncomingFrame extends FrameShape {
  readonly trackId: string;
  readonly nowMs: number;
}

/** An encrypted frame taken apart; everything is a view. */
interface Sealed {
  /** Authenticated, and the start of the plain frame. */
  readonly header: Bytes;
  readonly isHeaderKept: boolean;
  readonly ciphertext: Bytes;
  readonly iv: Bytes;
  readonly place: FramePlace;
}

/** All that an attempt to decrypt needs beside the key. */
interface Attempt {
  readonly sealed: Sealed;
  readonly about: IncomingFrame;
  readonly keys: OwnerKeys;
  readonly index: number;
}

type Bytes = Uint8Array<ArrayBuffer>;

const AUTH_FAILED: DecryptResult = { outcome: "auth_failed" };
const REPLAYED: DecryptResult = { outcome: "replayed" };

/**
 * Decrypts one frame, or says why it must not be used. Never throws and never passes anything that is not authenticated:
 * an SFU's own filler frames are refused like any other. Empty audio frames (pauses) hold nothing and pass as they are.
 *
 * Tries the key that the frame names, and, a few times a second, its neighbours on the ratchet. Junk changes nothing that
 * is kept. Answers at once if the cipher does, and makes no promise beyond the cipher's own and one.
 *
 * @param received the frame as it arrived; not modified
 * @param keys those of the member whom the signalling names; `undefined` if none are known
 * @see docs/protocol/frame-format.md; livekit-client's frame cryptor
 */
export function decryptFrame(
  received: Bytes,
  about: IncomingFrame,
  keys: OwnerKeys | undefined,
): MaybePromise<DecryptResult> {
  if (received.byteLength === 0) return { outcome: about.kind === "audio" ? "empty" : "malformed" };
  const sealed = open(received, about);
  if (sealed === undefined) return { outcome: "malformed" };
  // Behind the trailer's escapes nothing can be inserted: the byte before the index is never zero.
  const index = received[received.byteLength - 1] ?? 0;
  const key = keys?.find(index);
  if (keys === undefined || key === undefined) return { outcome: "missing_key" };
  const attempt = { sealed, about, keys, index };
  if (!(key instanceof Promise)) return decryptWith(key, attempt);
  return key.then((derived) => (derived === undefined ? { outcome: "missing_key" } : decryptWith(derived, attempt)));
}

function open(received: Bytes, about: FrameShape): Sealed | undefined {
  const isAv1 = about.kind === "video" && about.codec === "av1";
  const range = findClearRange(received, about);
  if (range === undefined) return undefined;
  const unwrapped = isAv1 ? unwrapObu(received) : undefined;
  const rest = isAv1 ? unwrapped?.content : bodyOf(received, range.clearBytes, range.isAnnexB);
  if (rest === undefined || rest.byteLength < OVERHEAD_BYTES) return undefined;
  if (rest[rest.byteLength - TRAILER_BYTES] !== IV_BYTES) return undefined;
  const ciphertextBytes = rest.byteLength - IV_BYTES - TRAILER_BYTES;
  const iv = rest.subarray(ciphertextBytes, ciphertextBytes + IV_BYTES);
  return {
    header: unwrapped?.header ?? received.subarray(0, range.clearBytes),
    isHeaderKept: !isAv1,
    ciphertext: rest.subarray(0, ciphertextBytes),
    iv,
    place: { ssrc: readIvWord(iv, 0), timestamp: readIvWord(iv, 1), counter: readIvWord(iv, 2) },
  };
}

function bodyOf(received: Bytes, clearBytes: number, isAnnexB: boolean): Bytes {
  const body = received.subarray(clearBytes);
  return isAnnexB ? unescapeStartCodes(body) : body;
}

function decryptWith(key: FrameKey, attempt: Attempt): MaybePromise<DecryptResult> {
  const { sealed, about } = attempt;
  if (key.isRetired(about.nowMs)) return REPLAYED;
  // Seen before, if it is of this key. Its neighbours on the ratchet have IVs of their own.
  if (!key.streams.allows(sealed.place, about, about.nowMs)) return tryNeighbours(key, attempt, REPLAYED);
  const failed = (): MaybePromise<DecryptResult> => tryNeighbours(key, attempt, AUTH_FAILED);
  try {
    const opening = key.cipher.open(sealed.iv, sealed.header, sealed.ciphertext);
    if (!(opening instanceof Promise)) return opening === undefined ? failed() : accept(key, attempt, opening);
    return opening.then((plain) => (plain === undefined ? failed() : accept(key, attempt, plain)), failed);
  } catch {
    return failed();
  }
}

/** The plain frame, unless it has been seen meanwhile. */
function accept(key: FrameKey, { sealed, about, keys, index }: Attempt, plain: CipherOutput): DecryptResult {
  if (!key.streams.enter(sealed.place, about, about.nowMs)) return REPLAYED;
  keys.noteUse(index, about.nowMs);
  const body = toBytes(plain);
  const { header } = sealed;
  if (!sealed.isHeaderKept || header.byteLength === 0) return { outcome: "decrypted", frame: body };
  const frame = new Uint8Array(header.byteLength + body.byteLength);
  frame.set(header);
  frame.set(body, header.byteLength);
  return { outcome: "decrypted", frame };
}

/** @param otherwise what is true of the frame if it is none of theirs */
function tryNeighbours(failed: FrameKey, attempt: Attempt, otherwise: DecryptResult): MaybePromise<DecryptResult> {
  const candidates = attempt.keys.candidates(attempt.index, failed, attempt.about.nowMs);
  if (candidates.length === 0) return otherwise;
  return tryEach(candidates, failed, attempt).then((result) => result ?? otherwise);
}

async function tryEach(
  candidates: readonly FrameKey[],
  failed: FrameKey,
  attempt: Attempt,
): Promise<DecryptResult | undefined> {
  const { sealed, keys, index, about } = attempt;
  for (const candidate of candidates) {
    const plain = await tryOpen(candidate, sealed);
    if (plain === undefined) continue;
    keys.adopt(index, failed, candidate, about.nowMs);
    return accept(candidate, attempt, plain);
  }
  return undefined;
}

async function tryOpen(key: FrameKey, { iv, header, ciphertext }: Sealed): Promise<CipherOutput | undefined> {
  try {
    return await key.cipher.open(iv, header, ciphertext);
  } catch {
    return undefined;
  }
}
