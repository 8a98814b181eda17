import { toHex, utf8 } from "@conclave/kit";

import { DERIVATION_INFO_BYTES, DERIVATION_SALT, RATCHET_BITS } from "./frameFormat.ts";
import { checkRawKey } from "./checkKey.ts";
import type { Derivation, FrameCipher, ImportMaterial, KeyMaterial } from "./FrameCipher.ts";
import { importSubtleMaterial } from "./subtleMaterial.ts";

/** What a sender key turns into. No part can be read out again. */
export interface DerivedKey {
  /** Encrypts and decrypts frames. */
  readonly cipher: FrameCipher;
  /** Only for the next ratchet step. */
  readonly material: KeyMaterial;
  /** Tells equal sender keys; says nothing about them. */
  readonly fingerprint: string;
}

const FRAME_KEY: Derivation = { salt: utf8(DERIVATION_SALT), info: new Uint8Array(DERIVATION_INFO_BYTES) };
const FINGERPRINT: Derivation = { ...FRAME_KEY, info: utf8("conclave key fingerprint") };
const FINGERPRINT_BITS = 128;

/**
 * Derives the AES-128-GCM key from a sender key as LiveKit and Element Call do for raw keys.
 *
 * @param raw 16 to 1024 bytes; not modified, not kept
 * @throws {FrameCryptoError} `invalid_key` if the length is wrong
 * @see protocol: HKDF-SHA-256, salt `LKFrameEncryptionKey`, info 128 zero bytes
 */
export async function deriveFrameKey(
  raw: Uint8Array<ArrayBuffer>,
  importMaterial: ImportMaterial = importSubtleMaterial,
): Promise<DerivedKey> {
  checkRawKey(raw);
  return deriveFromMaterial(await importMaterial(raw));
}

/**
 * Takes one step forward on the hash ratchet; the way back does not exist.
 *
 * @see livekit-client: 256 bits from the same derivation become the next raw key
 */
export async function ratchetFrameKey(
  key: DerivedKey,
  importMaterial: ImportMaterial = importSubtleMaterial,
): Promise<DerivedKey> {
  const raw = await key.material.deriveBits(FRAME_KEY, RATCHET_BITS);
  try {
    return await deriveFromMaterial(await importMaterial(raw));
  } finally {
    raw.fill(0);
  }
}

async function deriveFromMaterial(material: KeyMaterial): Promise<DerivedKey> {
  const [cipher, fingerprint] = await Promise.all([
    material.deriveCipher(FRAME_KEY),
    material.deriveBits(FINGERPRINT, FINGERPRINT_BITS),
  ]);
  return { cipher, material, fingerprint: toHex(fingerprint) };
}
