/*
 * An encrypted frame, as LiveKit's clients lay it out:
 *
 *   0         n                                  -30          -14            -2          -1
 *   +---------+----------------------------------+------------+--------------+-----------+-----------+
 *   | clear   | ciphertext                       | tag        | IV           | IV length | key index |
 *   | n bytes | as long as the rest of the frame | 16 bytes   | 12 bytes     | 0x0C      | 0..255    |
 *   +---------+----------------------------------+------------+--------------+-----------+-----------+
 *   | AAD     | output of AES-GCM                             |
 *                | in H.264 everything behind the clear bytes carries emulation prevention bytes     |
 *
 * The clear bytes are those that an SFU or a depacketiser must read; `clearRanges/` has n for each codec.
 */

/** Length of the AES-GCM tag. Never shorter: short tags make forgery practical. */
export const TAG_BYTES = 16;
/** Length of the IV, which travels whole with every frame. */
export const IV_BYTES = 12;
/** IV length and key index. */
export const TRAILER_BYTES = 2;
/** What encryption adds to a frame, before the emulation prevention bytes of H.264. */
export const OVERHEAD_BYTES: number = TAG_BYTES + IV_BYTES + TRAILER_BYTES;

/** The key index is one byte; it wraps. */
export const KEY_INDEX_COUNT = 256;
/** LiveKit's own default ring. Element Call and we use all 256 indices. */
export const LIVEKIT_RING_SIZE = 16;

/** Counter of frames in word 2 of the IV is taken modulo this, as LiveKit does. */
export const IV_COUNTER_MODULUS = 0xffff;
/** Stands in word 0 where the IV is one of our data packets: they have no SSRC. */
export const DATA_STREAM = 0x44_41_54_41;
/** The SSRC that LiveKit writes where the browser tells none: says nothing about the track. */
export const UNKNOWN_SSRC = 0xffff_ffff;

/** Salt of every derivation. */
export const DERIVATION_SALT = "LKFrameEncryptionKey";
/** HKDF's info is this many zero bytes. */
export const DERIVATION_INFO_BYTES = 128;
/** Length of the AES key unless a longer one has been agreed on. */
export const AES_KEY_BITS = 128;
/** Of PBKDF2, where a password takes the place of a raw key. */
export const PASSWORD_ITERATIONS = 100_000;
/** Longest password that is taken. */
export const MAX_PASSWORD_BYTES = 1024;
/** Length of the material that one ratchet step makes. */
export const RATCHET_BITS = 256;
/** Shortest sender key that is taken. */
export const MIN_RAW_KEY_BYTES = 16;
/** Longest sender key that is taken. */
export const MAX_RAW_KEY_BYTES = 1024;

/** Writes an IV in LiveKit's form: SSRC | timestamp | timestamp - counter, big-endian words. */
export function writeIv(ssrc: number, timestamp: number, counter: number): Uint8Array<ArrayBuffer> {
  const iv = new Uint8Array(IV_BYTES);
  writeWord(iv, 0, ssrc);
  writeWord(iv, 4, timestamp);
  writeWord(iv, 8, timestamp - (counter % IV_COUNTER_MODULUS));
  return iv;
}

/** Reads word 0, 1 or 2 of an IV. */
export function readIvWord(iv: Uint8Array, word: 0 | 1 | 2): number {
  const at = word * 4;
  const [a = 0, b = 0, c = 0, d = 0] = [iv[at], iv[at + 1], iv[at + 2], iv[at + 3]];
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}

// Bytes are stored modulo 256. Faster than a DataView, which makes the engine move a small array out of its heap.
function writeWord(bytes: Uint8Array, at: number, word: number): void {
  bytes[at] = word >>> 24;
  bytes[at + 1] = word >>> 16;
  bytes[at + 2] = word >>> 8;
  bytes[at + 3] = word;
}
