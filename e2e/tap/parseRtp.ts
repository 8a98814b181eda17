/** What the tap needs of an RTP packet. @see RFC 3550 §5.1 */
export interface RtpPacket {
  readonly ssrc: number;
  readonly sequence: number;
  readonly timestamp: number;
  readonly isLast: boolean;
  readonly payload: Buffer;
}

const FIXED_HEADER_BYTES = 12;

export function parseRtp(packet: Buffer): RtpPacket {
  const flags = packet.readUInt8(0);
  let offset = FIXED_HEADER_BYTES + (flags & 0x0f) * 4;
  if (flags & 0x10) offset += 4 + packet.readUInt16BE(offset + 2) * 4;
  const paddingBytes = flags & 0x20 ? packet.readUInt8(packet.length - 1) : 0;
  return {
    ssrc: packet.readUInt32BE(8),
    sequence: packet.readUInt16BE(2),
    timestamp: packet.readUInt32BE(4),
    isLast: (packet.readUInt8(1) & 0x80) !== 0,
    payload: packet.subarray(offset, packet.length - paddingBytes),
  };
}

/** Splits a VP8 RTP payload. @see RFC 7741 §4.2 */
export function parseVp8Payload(payload: Buffer): { readonly isStart: boolean; readonly data: Buffer } {
  const first = payload.readUInt8(0);
  const isStart = (first & 0x10) !== 0 && (first & 0x07) === 0;
  if (!(first & 0x80)) return { isStart, data: payload.subarray(1) };
  const extensions = payload.readUInt8(1);
  let offset = 2;
  if (extensions & 0x80) offset += payload.readUInt8(offset) & 0x80 ? 2 : 1;
  if (extensions & 0x40) offset += 1;
  if (extensions & 0x30) offset += 1;
  return { isStart, data: payload.subarray(offset) };
}
