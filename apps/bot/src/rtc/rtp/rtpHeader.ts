// Byte layout of RTP (RFC 3550 §5.1) with one-byte header extensions (RFC 8285 §4.2).
const HEADER_BYTES = 12;
const EXTENSION_HEAD_BYTES = 4;
const VERSION_2 = 0x80;
const VERSION_MASK = 0xc0;
const PADDING_BIT = 0x20;
const EXTENSION_BIT = 0x10;
const CSRC_MASK = 0x0f;
const MARKER_BIT = 0x80;
const PAYLOAD_TYPE_MASK = 0x7f;
const ONE_BYTE_PROFILE = 0xbe_de;
const VOICE_BIT = 0x80;

/** RFC 5761 §4: second bytes of RTCP packets, which share the flow. */
const FIRST_RTCP_TYPE = 192;
const LAST_RTCP_TYPE = 223;

/** What a receiver reads of an RTP packet. Offsets are into the packet. */
export interface RtpHeader {
  readonly payloadType: number;
  readonly isMarked: boolean;
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
  readonly payloadStart: number;
  /** Padding does not belong to the payload. */
  readonly payloadEnd: number;
}

export function isRtcp(packet: Uint8Array): boolean {
  const type = packet[1] ?? 0;
  return type >= FIRST_RTCP_TYPE && type <= LAST_RTCP_TYPE;
}

/** @returns `undefined` for RTCP and for whatever is not RTP; never throws */
export function tryReadRtp(packet: Buffer): RtpHeader | undefined {
  if (packet.length < HEADER_BYTES || isRtcp(packet)) return undefined;
  const first = packet.readUInt8(0);
  if ((first & VERSION_MASK) !== VERSION_2) return undefined;
  const payloadStart = skipExtension(packet, first, HEADER_BYTES + 4 * (first & CSRC_MASK));
  const padding = (first & PADDING_BIT) === 0 ? 0 : packet.readUInt8(packet.length - 1);
  const payloadEnd = packet.length - padding;
  if (payloadStart === undefined || payloadStart > payloadEnd) return undefined;
  const second = packet.readUInt8(1);
  return {
    payloadType: second & PAYLOAD_TYPE_MASK,
    isMarked: (second & MARKER_BIT) !== 0,
    sequence: packet.readUInt16BE(2),
    timestamp: packet.readUInt32BE(4),
    ssrc: packet.readUInt32BE(8),
    payloadStart,
    payloadEnd,
  };
}

function skipExtension(packet: Buffer, first: number, start: number): number | undefined {
  if ((first & EXTENSION_BIT) === 0) return start;
  if (start + EXTENSION_HEAD_BYTES > packet.length) return undefined;
  return start + EXTENSION_HEAD_BYTES + 4 * packet.readUInt16BE(start + 2);
}

export interface RtpFields {
  readonly payloadType: number;
  readonly isMarked: boolean;
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
  /** RFC 6464: how loud, for the SFU's active speakers, in a header extension with this id. */
  readonly audioLevel?: { readonly extensionId: number; readonly minusDbov: number };
}

/** Makes a packet with room for a payload, and says where that starts. */
export function createRtp(fields: RtpFields, payloadBytes: number): { packet: Buffer; payloadStart: number } {
  const { audioLevel } = fields;
  const payloadStart = HEADER_BYTES + (audioLevel ? EXTENSION_HEAD_BYTES + 4 : 0);
  const packet = Buffer.alloc(payloadStart + payloadBytes);
  packet.writeUInt8(VERSION_2 | (audioLevel ? EXTENSION_BIT : 0), 0);
  packet.writeUInt8((fields.isMarked ? MARKER_BIT : 0) | fields.payloadType, 1);
  packet.writeUInt16BE(fields.sequence, 2);
  packet.writeUInt32BE(fields.timestamp, 4);
  packet.writeUInt32BE(fields.ssrc, 8);
  if (audioLevel) {
    packet.writeUInt16BE(ONE_BYTE_PROFILE, 12);
    packet.writeUInt16BE(1, 14);
    packet.writeUInt8(audioLevel.extensionId << 4, 16);
    packet.writeUInt8(VOICE_BIT | audioLevel.minusDbov, 17);
  }
  return { packet, payloadStart };
}
