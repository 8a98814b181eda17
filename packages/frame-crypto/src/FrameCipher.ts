/** Now or later. Callers look which, so that a cipher that answers at once costs no turn of the event loop. */
export type MaybePromise<T> = T | Promise<T>;

/**
 * AES-128-GCM with 16-byte tags under one key. A host brings the fastest that it has: pages WebCrypto, Node its own.
 *
 * No argument is modified or kept.
 */
export interface FrameCipher {
  /**
   * @param iv 12 bytes, never the same twice
   * @returns ciphertext with the tag behind it; throws or rejects if it cannot be done
   */
  seal(iv: Bytes, additionalData: Bytes, plain: Bytes): MaybePromise<Bytes>;
  /**
   * @param sealed 16 bytes or more
   * @returns the plain bytes; `undefined` if they are not authentic
   */
  open(iv: Bytes, additionalData: Bytes, sealed: Bytes): MaybePromise<Bytes | undefined>;
}

type Bytes = Uint8Array<ArrayBuffer>;

/** How bits are derived from key material by HKDF-SHA-256. */
export interface Derivation {
  readonly salt: Bytes;
  readonly info: Bytes;
}

/** What a sender key becomes on arrival: others can be derived from it, but it cannot be read out again. */
export interface KeyMaterial {
  deriveBits(derivation: Derivation, bits: number): MaybePromise<Bytes>;
  deriveCipher(derivation: Derivation): MaybePromise<FrameCipher>;
}

/** Takes in a sender key. Neither modifies nor keeps the bytes. */
export type ImportMaterial = (raw: Bytes) => MaybePromise<KeyMaterial>;
