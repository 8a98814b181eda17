/*
 * A packet of equally long frames with padding (RFC 6716, 3.2.5):
 *
 *   +-----------------+-----------------+----------------+----------+---------------------------+
 *   | TOC             | 0 1 M           | padding length | M frames | padding                   |
 *   | config, mono, 3 | VBR no, pad yes | 1 byte, < 255  |          | 0xF0 | what it carries    |
 *   +-----------------+-----------------+----------------+----------+---------------------------+
 *
 * Decoders pass over padding. Newer ones look for extensions in it first (draft-ietf-mlcodec-opus-extension), so ours
 * is a lawful one: id 120, kept for experiments, with the flag that it takes all that is left.
 */
const CODE_BITS = 0b11;
const PADDING_FLAG = 0b0100_0000;
const EXTENSION_HEADER = 120 << 1;
/** Longer padding needs a second length byte. */
const MAX_PADDING_BYTES = 254;
const HEAD_BYTES = 3;

/**
 * Joins packets of one frame each into one packet that ends in `freeBytes` zero bytes for the caller.
 *
 * @param packets code 0, of one length and one TOC
 */
export function joinPackets(packets: readonly Uint8Array[], freeBytes: number): Uint8Array<ArrayBuffer> {
  const toc = packets[0]?.[0];
  const frameBytes = (packets[0]?.length ?? 0) - 1;
  if (toc === undefined || (toc & CODE_BITS) !== 0) throw new RangeError("Not a packet of one frame");
  if (packets.some((packet) => packet[0] !== toc || packet.length !== frameBytes + 1)) {
    throw new RangeError("The packets differ in their form");
  }
  const paddingBytes = 1 + freeBytes;
  if (paddingBytes > MAX_PADDING_BYTES) throw new RangeError(`No room for ${freeBytes} bytes of padding`);
  const joined = new Uint8Array(HEAD_BYTES + frameBytes * packets.length + paddingBytes);
  joined[0] = toc | CODE_BITS;
  joined[1] = PADDING_FLAG | packets.length;
  joined[2] = paddingBytes;
  for (const [index, packet] of packets.entries()) joined.set(packet.subarray(1), HEAD_BYTES + index * frameBytes);
  joined[joined.length - paddingBytes] = EXTENSION_HEADER;
  return joined;
}
