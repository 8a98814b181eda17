import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject } from "node:crypto";

import { AES_KEY_BITS, type FrameCipher, type KeyMaterial, TAG_BYTES } from "@conclave/frame-crypto";

const AES = "aes-128-gcm";
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
    deriveCipher: ({ salt, info }) => {
      const key = derive(salt, info, AES_KEY_BITS / 8);
      try {
        return new NodeCipher(createSecretKey(key));
      } finally {
        key.fill(0);
      }
    },
  };
}

/** AES-128-GCM without a turn of the event loop. */
class NodeCipher implements FrameCipher {
  // A `KeyObject`: raw bytes would be turned into one for every frame, which costs more than the cipher.
  readonly #key: KeyObject;

  constructor(key: KeyObject) {
    this.#key = key;
  }

  seal(
    iv: Uint8Array<ArrayBuffer>,
    additionalData: Uint8Array<ArrayBuffer>,
    plain: Uint8Array<ArrayBuffer>,
  ): Uint8Array<ArrayBuffer> {
    const cipher = createCipheriv(AES, this.#key, iv, TAG_LENGTH);
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
      const decipher = createDecipheriv(AES, this.#key, iv, TAG_LENGTH);
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
