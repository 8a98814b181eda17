const EMULATION_PREVENTION_BYTE = 3;
/** 00 00 followed by a byte up to this could be taken for a start code or an escape. */
const LAST_ESCAPED_BYTE = 3;

/**
 * Inserts emulation prevention bytes, so that ciphertext never looks like a start code to a packetiser.
 *
 * @returns `bytes` itself if nothing had to change
 * @see ITU-T H.264 §7.4.1
 */
export function escapeStartCodes(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const inserted = countEscapes(bytes);
  if (inserted === 0) return bytes;
  const escaped = new Uint8Array(bytes.byteLength + inserted);
  let zeros = 0;
  let written = 0;
  for (const byte of bytes) {
    if (zeros >= 2 && byte <= LAST_ESCAPED_BYTE) {
      escaped[written] = EMULATION_PREVENTION_BYTE;
      written += 1;
      zeros = 0;
    }
    escaped[written] = byte;
    written += 1;
    zeros = byte === 0 ? zeros + 1 : 0;
  }
  return escaped;
}

function countEscapes(bytes: Uint8Array): number {
  let zeros = 0;
  let escapes = 0;
  for (const byte of bytes) {
    if (zeros >= 2 && byte <= LAST_ESCAPED_BYTE) {
      escapes += 1;
      zeros = 0;
    }
    zeros = byte === 0 ? zeros + 1 : 0;
  }
  return escapes;
}

/**
 * Removes emulation prevention bytes.
 *
 * @returns `bytes` itself if there were none
 */
export function unescapeStartCodes(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  let at = nextEscape(bytes, 0);
  if (at === -1) return bytes;
  const plain = new Uint8Array(bytes.byteLength);
  let copiedTo = 0;
  let written = 0;
  while (at !== -1) {
    plain.set(bytes.subarray(copiedTo, at), written);
    written += at - copiedTo;
    copiedTo = at + 1;
    at = nextEscape(bytes, copiedTo);
  }
  plain.set(bytes.subarray(copiedTo), written);
  return plain.subarray(0, written + bytes.byteLength - copiedTo);
}

/** Where the next 03 of a 00 00 03 is; both zeros must be at `from` or later. */
function nextEscape(bytes: Uint8Array, from: number): number {
  let at = bytes.indexOf(EMULATION_PREVENTION_BYTE, from + 2);
  while (at !== -1 && !(bytes[at - 1] === 0 && bytes[at - 2] === 0)) {
    at = bytes.indexOf(EMULATION_PREVENTION_BYTE, at + 1);
  }
  return at;
}
