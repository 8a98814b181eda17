import { toHex, utf8 } from "@conclave/kit";

import { AES_KEY_BITS, DERIVATION_INFO_BYTES, DERIVATION_SALT, RATCHET_BITS } from "./frameFormat.ts";
import { checkPassword, checkRawKey } from "./checkKey.ts";
import type { AesKeyBits, Derivation, FrameCipher, ImportMaterial, KeyMaterial } from "./FrameCipher.ts";
import { importPassword } from "./passwordMaterial.ts";
import { importSubtleMaterial } from "./subtleMaterial.ts";

/** What a sender key turns into. No part can be read out again. */
export interface DerivedKey {
  /** Encrypts and decrypts frames. */
  readonly cipher: FrameCipher;
  /** Only for the next ratchet step. */
  readonly material: KeyMaterial;
  /** Tells equal sender keys; says nothing about them. */
  readonly fingerprint: string;
  readonly keyBits: AesKeyBits;
}

/** With what a key is taken in. */
export interface DerivationOptions {
  /** WebCrypto's if not given. */
  readonly importMaterial?: ImportMaterial | undefined;
  /** 128 if not given. */
  readonly keyBits?: AesKeyBits | undefined;
}

/** What the AES key and the next step of the ratchet are derived with. */
export const FRAME_KEY: Derivation = { salt: utf8(DERIVATION_SALT), info: new Uint8Array(DERIVATION_INFO_BYTES) };
const FINGERPRINT: Derivation = { ...FRAME_KEY, info: utf8("conclave key fingerprint") };
const FINGERPRINT_BITS = 128;

/**
 * Derives the AES-GCM key from a sender key as LiveKit and Element Call do for raw keys.
 *
 * @param raw 16 to 1024 bytes; not modified, not kept
 * @throws {FrameCryptoError} `invalid_key` if the length is wrong
 * @see protocol: HKDF-SHA-256, salt `LKFrameEncryptionKey`, info 128 zero bytes
 */
export async function deriveFrameKey(
  raw: Uint8Array<ArrayBuffer>,
  { importMaterial = importSubtleMaterial, keyBits = AES_KEY_BITS }: DerivationOptions = {},
): Promise<DerivedKey> {
  checkRawKey(raw);
  return deriveFromMaterial(await importMaterial(raw), keyBits);
}

/**
 * Derives the AES-GCM key from a password that all share.
 *
 * @throws {FrameCryptoError} `invalid_key` if the length is wrong
 */
export async function derivePasswordKey(password: Uint8Array<ArrayBuffer>): Promise<DerivedKey> {
  checkPassword(password);
  return deriveFromMaterial(await importPassword(password), AES_KEY_BITS);
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
    return await deriveFromMaterial(await importMaterial(raw), key.keyBits);
  } finally {
    raw.fill(0);
  }
}

async function deriveFromMaterial(material: KeyMaterial, keyBits: AesKeyBits): Promise<DerivedKey> {
  const [cipher, fingerprint] = await Promise.all([
    material.deriveCipher(FRAME_KEY, keyBits),
    material.deriveBits(FINGERPRINT, FINGERPRINT_BITS),
  ]);
  // One raw key under two lengths is two ciphers: they must not count as equal.
  const name = `${toHex(fingerprint)}/${keyBits}`;
  return { cipher, material, fingerprint: name, keyBits };
}
