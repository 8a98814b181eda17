/*
 * AV1 packetisers read the frame as OBUs and refuse what is none. So the whole encrypted frame becomes one OBU:
 *
 *   sent      | type, without a size  (0x08 or 0x30) | ciphertext, tag, IV, trailer |
 *   received  | type, with a size     (0x0a or 0x32) | size (leb128) | the same     |      as depacketisers write it
 *
 * The type is sequence header (1) in key frames, which packetisers announce as such only if they begin with one, and frame
 * (6) in others. Authenticated is the header as it was sent. What an SFU needs is in the dependency descriptor of the RTP
 * header. Of our own making: LiveKit's clients do not encrypt AV1, so it is only for calls in which all have said that they can.
 */

/** @see AV1 bitstream specification §5.3.2, §6.2.2; bits 3 to 6 are the type */
const KEY_HEADER: number = 1 << 3;
const DELTA_HEADER: number = 6 << 3;

const HAS_SIZE = 0b10;
const LEB128_MORE = 0x80;
/** AV1 allows 8; a frame of ours never needs more than these. */
const MAX_LEB128_BYTES = 5;

/** What was in an OBU of ours. */
export interface UnwrappedObu {
  /** As it was sent: one byte. */
  readonly header: Uint8Array<ArrayBuffer>;
  /** A view. */
  readonly content: Uint8Array<ArrayBuffer>;
}

/** The header to put in front of an encrypted frame. */
export function obuHeader(isKeyFrame: boolean): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(isKeyFrame ? KEY_HEADER : DELTA_HEADER);
}

/**
 * Takes the encrypted frame out of its OBU.
 *
 * @returns `undefined` if the bytes are not exactly one OBU of ours
 */
export function unwrapObu(received: Uint8Array<ArrayBuffer>): UnwrappedObu | undefined {
  const first = received[0] ?? 0;
  const sent = first & ~HAS_SIZE;
  if (sent !== KEY_HEADER && sent !== DELTA_HEADER) return undefined;
  const contentAt = first === sent ? 1 : sizedContentAt(received);
  return contentAt === undefined ? undefined : { header: Uint8Array.of(sent), content: received.subarray(contentAt) };
}

/** Where the content begins, if the size in front of it is right. */
function sizedContentAt(received: Uint8Array): number | undefined {
  let size = 0;
  for (let at = 1; at <= MAX_LEB128_BYTES; at += 1) {
    const byte = received[at] ?? 0;
    size += (byte & ~LEB128_MORE) * 2 ** (7 * (at - 1));
    if (byte < LEB128_MORE) return size === received.byteLength - at - 1 ? at + 1 : undefined;
  }
  return undefined;
}
