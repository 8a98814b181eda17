// Byte layout of the few RTCP packets that a bot writes or reads (RFC 3550 §6.4.1, RFC 4585 §6.3.1, RFC 5104 §4.3.1).
const VERSION_2 = 0x80;
const SENDER_REPORT_TYPE = 200;
const SENDER_REPORT_BYTES = 28;
const PAYLOAD_FEEDBACK_TYPE = 206;
const FORMAT_MASK = 0x1f;
const PICTURE_LOSS_FORMAT = 1;
const FULL_INTRA_FORMAT = 4;
/** Seconds from 1900 to 1970. */
const NTP_OFFSET_SECONDS = 2_208_988_800;
const HEAD_BYTES = 4;

export interface SenderReport {
  readonly ssrc: number;
  /** ms since 1970. */
  readonly atMs: number;
  readonly timestamp: number;
  readonly packets: number;
  readonly payloadBytes: number;
}

/** Ties the RTP clock to the wall clock, which SFUs need to keep streams in step. */
export function writeSenderReport({ ssrc, atMs, timestamp, packets, payloadBytes }: SenderReport): Buffer {
  const packet = Buffer.alloc(SENDER_REPORT_BYTES);
  packet.writeUInt8(VERSION_2, 0);
  packet.writeUInt8(SENDER_REPORT_TYPE, 1);
  packet.writeUInt16BE(SENDER_REPORT_BYTES / 4 - 1, 2);
  packet.writeUInt32BE(ssrc, 4);
  packet.writeUInt32BE((Math.floor(atMs / 1_000) + NTP_OFFSET_SECONDS) >>> 0, 8);
  packet.writeUInt32BE(Math.floor(((atMs % 1_000) / 1_000) * 2 ** 32) >>> 0, 12);
  packet.writeUInt32BE(timestamp >>> 0, 16);
  packet.writeUInt32BE(packets >>> 0, 20);
  packet.writeUInt32BE(payloadBytes >>> 0, 24);
  return packet;
}

/** Whether a compound packet asks for a key frame, by PLI or FIR. Never throws. */
export function asksForKeyFrame(compound: Buffer): boolean {
  for (let at = 0; at + HEAD_BYTES <= compound.length;) {
    const format = compound.readUInt8(at) & FORMAT_MASK;
    const isFeedback = compound.readUInt8(at + 1) === PAYLOAD_FEEDBACK_TYPE;
    if (isFeedback && (format === PICTURE_LOSS_FORMAT || format === FULL_INTRA_FORMAT)) return true;
    at += 4 * (compound.readUInt16BE(at + 2) + 1);
  }
  return false;
}
