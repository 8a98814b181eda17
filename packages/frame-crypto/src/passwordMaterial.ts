import { concatBytes } from "@conclave/kit";

import type { Derivation, KeyMaterial } from "./FrameCipher.ts";
import { PASSWORD_ITERATIONS } from "./frameFormat.ts";
import { subtleCipher } from "./subtleMaterial.ts";

/**
 * Takes in a password that all members share, by WebCrypto.
 *
 * @see livekit-client and Element Call: PBKDF2-SHA-256, salt `LKFrameEncryptionKey`, 100,000 iterations
 */
export async function importPassword(password: Uint8Array<ArrayBuffer>): Promise<KeyMaterial> {
  const { subtle } = crypto;
  const material = await subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits", "deriveKey"]);
  return {
    deriveBits: async (derivation, bits) => new Uint8Array(await subtle.deriveBits(pbkdf2(derivation), material, bits)),
    deriveCipher: async (derivation, length) => {
      const aes = { name: "AES-GCM", length };
      return subtleCipher(await subtle.deriveKey(pbkdf2(derivation), material, aes, false, ["encrypt", "decrypt"]));
    },
  };
}

/** PBKDF2 has no info. What is not the frame key itself must have another salt, or it would be the frame key. */
function pbkdf2({ salt, info }: Derivation): Pbkdf2Params {
  const isFrameKey = info.every((byte) => byte === 0);
  const own = isFrameKey ? salt : concatBytes(salt, info);
  return { name: "PBKDF2", hash: "SHA-256", salt: own, iterations: PASSWORD_ITERATIONS };
}
