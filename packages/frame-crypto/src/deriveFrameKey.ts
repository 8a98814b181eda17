import { toHex, utf8 } from "@conclave/kit";

import {
  AES_KEY_BITS,
  DERIVATION_INFO_BYTES,
  DERIVATION_SALT,
  MAX_RAW_KEY_BYTES,
  MIN_RAW_KEY_BYTES,
  RATCHET_BITS,
} from "./frameFormat.ts";
import { FrameCryptoError } from "./errors.ts";

/** What a sender key turns into. Neither part can be read out again. */
export interface DerivedKey {
  /** Encrypts and decrypts frames. */
  readonly aes: CryptoKey;
  /** Only for the next ratchet step. */
  readonly material: CryptoKey;
  /** Tells equal sender keys; says nothing about them. */
  readonly fingerprint: string;
}

const HKDF = {
  name: "HKDF",
  hash: "SHA-256",
  salt: utf8(DERIVATION_SALT),
  info: new Uint8Array(DERIVATION_INFO_BYTES),
} as const;
const FINGERPRINT = { ...HKDF, info: utf8("conclave key fingerprint") } as const;
const FINGERPRINT_BITS = 128;

/**
 * Derives the AES-128-GCM key from a sender key as LiveKit and Element Call do for raw keys.
 *
 * @param raw 16 to 1024 bytes; not modified, not kept
 * @throws {FrameCryptoError} `invalid_key` if the length is wrong
 * @see protocol: HKDF-SHA-256, salt `LKFrameEncryptionKey`, info 128 zero bytes
 */
export async function deriveFrameKey(raw: Uint8Array<ArrayBuffer>): Promise<DerivedKey> {
  if (raw.byteLength < MIN_RAW_KEY_BYTES || raw.byteLength > MAX_RAW_KEY_BYTES) {
    throw new FrameCryptoError("invalid_key", "A sender key has 16 to 1024 bytes");
  }
  return deriveFromMaterial(await importMaterial(raw));
}

/**
 * Takes one step forward on the hash ratchet; the way back does not exist.
 *
 * @see livekit-client: 256 bits from the same derivation become the next raw key
 */
export async function ratchetFrameKey(key: DerivedKey): Promise<DerivedKey> {
  const raw = new Uint8Array(await crypto.subtle.deriveBits(HKDF, key.material, RATCHET_BITS));
  try {
    return await deriveFromMaterial(await importMaterial(raw));
  } finally {
    raw.fill(0);
  }
}

function importMaterial(raw: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", raw, "HKDF", false, ["deriveBits", "deriveKey"]);
}

async function deriveFromMaterial(material: CryptoKey): Promise<DerivedKey> {
  const aesType = { name: "AES-GCM", length: AES_KEY_BITS };
  const [aes, fingerprint] = await Promise.all([
    crypto.subtle.deriveKey(HKDF, material, aesType, false, ["encrypt", "decrypt"]),
    crypto.subtle.deriveBits(FINGERPRINT, material, FINGERPRINT_BITS),
  ]);
  return { aes, material, fingerprint: toHex(new Uint8Array(fingerprint)) };
}
