import { TAG_BYTES } from "./frameFormat.ts";
import type { Derivation, FrameCipher, KeyMaterial } from "./FrameCipher.ts";

const HKDF = { name: "HKDF", hash: "SHA-256" } as const;

/** Takes in a sender key by WebCrypto, which never lets it out again. */
export async function importSubtleMaterial(raw: Uint8Array<ArrayBuffer>): Promise<KeyMaterial> {
  const { subtle } = crypto;
  const material = await subtle.importKey("raw", raw, "HKDF", false, ["deriveBits", "deriveKey"]);
  return {
    deriveBits: async (derivation, bits) => new Uint8Array(await subtle.deriveBits(hkdf(derivation), material, bits)),
    deriveCipher: async (derivation, length) => {
      const aes = { name: "AES-GCM", length };
      return subtleCipher(await subtle.deriveKey(hkdf(derivation), material, aes, false, ["encrypt", "decrypt"]));
    },
  };
}

/** The cipher of an AES-GCM key of WebCrypto. */
export function subtleCipher(key: CryptoKey): FrameCipher {
  return {
    seal: (iv, additionalData, plain) => crypto.subtle.encrypt(gcm(iv, additionalData), key, plain),
    open: (iv, additionalData, sealed) => crypto.subtle.decrypt(gcm(iv, additionalData), key, sealed),
  };
}

function hkdf({ salt, info }: Derivation): HkdfParams {
  return { ...HKDF, salt, info };
}

function gcm(iv: Uint8Array<ArrayBuffer>, additionalData: Uint8Array<ArrayBuffer>): AesGcmParams {
  return { name: "AES-GCM", iv, additionalData, tagLength: TAG_BYTES * 8 };
}
