import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject } from "node:crypto";

import { type AesKeyBits, type FrameCipher, type KeyMaterial, TAG_BYTES } from "@conclave/frame-crypto";

const AES = { 128: "aes-128-gcm", 256: "aes-256-gcm" } as const;
const TAG_LENGTH = { authTagLength: TAG_BYTES } as const;

/**
 * Takes in a sender key by Node's own cryptography, which answers at once: a frame costs a quarter of what it costs through
 * WebCrypto. Keys are held as `KeyObject`s, outside the heap of JavaScript.
 */
export function importNodeMaterial(raw: Uint8Array<ArrayBuffer>): KeyMaterial {
  const material = createSecretKey(raw);
  const derive = (salt: Uint8Array, info: Uint8Array, bytes: number): Uint8Array<ArrayBuffer> =>
    new Uint8Array(hkdfSync("sha256", material, salt, info, bytes));
  return {
    deriveBits: ({ salt, info }, bits) => derive(salt, info, bits / 8),
    deriveCipher: ({ salt, info }, keyBits) => {
      const key = derive(salt, info, keyBits / 8);
      try {
        return new NodeCipher(createSecretKey(key), keyBits);
      } finally {
        key.fill(0);
      }
    },
  };
}

/** AES-GCM without a turn of the event loop. */
class NodeCipher implements FrameCipher {
  // A `KeyObject`: raw bytes would be turned into one for every frame, which costs more than the cipher.
  readonly #key: KeyObject;
  readonly #algorithm: (typeof AES)[AesKeyBits];

  constructor(key: KeyObject, keyBits: AesKeyBits) {
    this.#key = key;
    this.#algorithm = AES[keyBits];
  }

  seal(
    iv: Uint8Array<ArrayBuffer>,
    additionalData: Uint8Array<ArrayBuffer>,
    plain: Uint8Array<ArrayBuffer>,
  ): Uint8Array<ArrayBuffer> {
    const cipher = createCipheriv(this.#algorithm, this.#key, iv, TAG_LENGTH);
    cipher.setAAD(additionalData);
    const ciphertext = cipher.update(plain);
    // A stream cipher holds nothing back, so this only closes the tag.
    cipher.final();
    const sealed = new Uint8Array(ciphertext.byteLength + TAG_BYTES);
    sealed.set(ciphertext);
    sealed.set(cipher.getAuthTag(), ciphertext.byteLength);
    return sealed;
  }

  open(
    iv: Uint8Array<ArrayBuffer>,
    additionalData: Uint8Array<ArrayBuffer>,
    sealed: Uint8Array<ArrayBuffer>,
  ): Uint8Array<ArrayBuffer> | undefined {
    const tagAt = sealed.byteLength - TAG_BYTES;
    try {
      const decipher = createDecipheriv(this.#algorithm, this.#key, iv, TAG_LENGTH);
      decipher.setAAD(additionalData);
      decipher.setAuthTag(sealed.subarray(tagAt));
      const plain = decipher.update(sealed.subarray(0, tagAt));
      decipher.final();
      return new Uint8Array(plain.buffer, plain.byteOffset, plain.byteLength);
    } catch {
      return undefined;
    }
  }
}
