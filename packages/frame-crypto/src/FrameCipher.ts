/** Now or later. Callers look which, so that a cipher that answers at once costs no turn of the event loop. */
export type MaybePromise<T> = T | Promise<T>;

/** What a cipher gives back, in whichever form it has it: turning one into the other would cost a promise per frame. */
export type CipherOutput = Bytes | ArrayBuffer;

/**
 * AES-GCM with 16-byte tags under one key. A host brings the fastest that it has: pages WebCrypto, Node its own.
 *
 * No argument is modified or kept.
 */
export interface FrameCipher {
  /**
   * @param iv 12 bytes, never the same twice
   * @returns ciphertext with the tag behind it; throws or rejects if it cannot be done
   */
  seal(iv: Bytes, additionalData: Bytes, plain: Bytes): MaybePromise<CipherOutput>;
  /**
   * @param sealed 16 bytes or more
   * @returns the plain bytes; `undefined`, a throw or a rejection if they are not authentic
   */
  open(iv: Bytes, additionalData: Bytes, sealed: Bytes): MaybePromise<CipherOutput | undefined>;
}

type Bytes = Uint8Array<ArrayBuffer>;

/** How bits are derived from key material by HKDF-SHA-256. */
export interface Derivation {
  readonly salt: Bytes;
  readonly info: Bytes;
}

/** Length of an AES key. 256 only where all who hold the key have agreed on it. */
export type AesKeyBits = 128 | 256;

/** What a sender key becomes on arrival: others can be derived from it, but it cannot be read out again. */
export interface KeyMaterial {
  deriveBits(derivation: Derivation, bits: number): MaybePromise<Bytes>;
  deriveCipher(derivation: Derivation, keyBits: AesKeyBits): MaybePromise<FrameCipher>;
}

/** Takes in a sender key. Neither modifies nor keeps the bytes. */
export type ImportMaterial = (raw: Bytes) => MaybePromise<KeyMaterial>;

/** A view of what a cipher gave. */
export function toBytes(output: CipherOutput): Bytes {
  return output instanceof ArrayBuffer ? new Uint8Array(output) : output;
}
