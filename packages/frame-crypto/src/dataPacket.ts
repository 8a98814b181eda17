import { toBytes } from "./FrameCipher.ts";
import type { FrameKey } from "./FrameKey.ts";
import { DATA_STREAM, IV_BYTES, readIvWord, TAG_BYTES } from "./frameFormat.ts";
import type { DecryptOutcome } from "./outcome.ts";
import type { OwnerKeys, SenderKeyInUse } from "./OwnerKeys.ts";
import type { FramePlace, TrackRef } from "./StreamGuard.ts";

/**
 * An encrypted data packet: what stands in LiveKit's `EncryptedPacket` beside the type (GCM).
 *
 * @see docs/protocol/frame-format.md §8; livekit-client's data cryptor
 */
export interface SealedPacket {
  readonly keyIndex: number;
  /** 12 bytes. */
  readonly iv: Bytes;
  /** Ciphertext and tag. Nothing else is authenticated. */
  readonly ciphertext: Bytes;
}

/** What became of a packet on its way in. */
export type PacketResult =
  | { readonly outcome: "decrypted"; readonly plain: Bytes }
  | {
      readonly outcome: Extract<DecryptOutcome, "missing_key" | "auth_failed" | "replayed" | "malformed">;
      readonly plain?: undefined;
    };

type Bytes = Uint8Array<ArrayBuffer>;

const NO_HEADER = new Uint8Array(0);
const DATA: TrackRef = { trackId: "data", kind: "data" };

/**
 * Encrypts one data packet under the sender key of the media, with an IV of the same sequence.
 *
 * @param plain an encoded `EncryptedPacketPayload`; not modified
 * @returns `undefined` if there is no key to encrypt with, or it is used up. Rejects if the cipher does
 */
export async function encryptPacket(
  plain: Bytes,
  sender: SenderKeyInUse | undefined,
): Promise<SealedPacket | undefined> {
  const iv = sender?.key.ivs.next(DATA_STREAM);
  if (sender === undefined || iv === undefined) return undefined;
  return { keyIndex: sender.index, iv, ciphertext: toBytes(await sender.key.cipher.seal(iv, NO_HEADER, plain)) };
}

/**
 * Decrypts one data packet, once. Never throws, never passes what is not authenticated, and never what was encrypted as a
 * frame of media.
 *
 * @param keys those of the member whom the SFU names as the sender; a wrong name fails the authentication
 */
export async function decryptPacket(
  packet: SealedPacket,
  keys: OwnerKeys | undefined,
  nowMs: number,
): Promise<PacketResult> {
  const { iv, ciphertext, keyIndex } = packet;
  if (iv.byteLength !== IV_BYTES || ciphertext.byteLength < TAG_BYTES) return { outcome: "malformed" };
  const key = await keys?.find(keyIndex);
  if (keys === undefined || key === undefined) return { outcome: "missing_key" };
  const place = { ssrc: readIvWord(iv, 0), timestamp: readIvWord(iv, 1), counter: readIvWord(iv, 2) };
  if (key.isRetired(nowMs) || !isFresh(key, place, iv, nowMs)) return { outcome: "replayed" };
  const plain = await tryOpen(key, packet);
  if (plain === undefined) return { outcome: "auth_failed" };
  if (!enter(key, place, iv, nowMs)) return { outcome: "replayed" };
  keys.noteUse(keyIndex, nowMs);
  return { outcome: "decrypted", plain };
}

/** Our own packets have an order and a stream of their own; LiveKit's have neither, but are no stream of media. */
function isFresh(key: FrameKey, place: FramePlace, iv: Bytes, nowMs: number): boolean {
  if (place.ssrc === DATA_STREAM) return key.streams.allows(place, DATA, nowMs);
  return !key.streams.has(place.ssrc) && !key.packets.has(iv);
}

function enter(key: FrameKey, place: FramePlace, iv: Bytes, nowMs: number): boolean {
  return place.ssrc === DATA_STREAM ? key.streams.enter(place, DATA, nowMs) : key.packets.enter(iv);
}

async function tryOpen(key: FrameKey, { iv, ciphertext }: SealedPacket): Promise<Bytes | undefined> {
  try {
    const plain = await key.cipher.open(iv, NO_HEADER, ciphertext);
    return plain === undefined ? undefined : toBytes(plain);
  } catch {
    return undefined;
  }
}
