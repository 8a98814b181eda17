import { FrameCryptoError } from "./errors.ts";
import { KEY_INDEX_COUNT, MAX_PASSWORD_BYTES, MAX_RAW_KEY_BYTES, MIN_RAW_KEY_BYTES } from "./frameFormat.ts";

/** @throws {FrameCryptoError} `invalid_key_index` unless it fits the trailer's byte */
export function checkKeyIndex(index: number): void {
  if (Number.isInteger(index) && index >= 0 && index < KEY_INDEX_COUNT) return;
  throw new FrameCryptoError("invalid_key_index", "A key index is 0 to 255");
}

/** @throws {FrameCryptoError} `invalid_key` if the length is wrong */
export function checkRawKey(raw: Uint8Array): void {
  if (raw.byteLength >= MIN_RAW_KEY_BYTES && raw.byteLength <= MAX_RAW_KEY_BYTES) return;
  throw new FrameCryptoError("invalid_key", "A sender key has 16 to 1024 bytes");
}

/** @throws {FrameCryptoError} `invalid_key` if it is empty or far too long */
export function checkPassword(password: Uint8Array): void {
  if (password.byteLength > 0 && password.byteLength <= MAX_PASSWORD_BYTES) return;
  throw new FrameCryptoError("invalid_key", "A password has 1 to 1024 bytes");
}
