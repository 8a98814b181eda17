import { parseRtp, parseVp8Payload } from "../tap/parseRtp.ts";
import type { TappedPacket } from "../tap/FrameRecorder.ts";

/** An encoded frame of a publisher with all that is needed to send one in its place. */
export interface RtpFrame {
  readonly identity: string;
  readonly kind: "audio" | "video";
  readonly timestamp: number;
  readonly receivedAtMs: number;
  /** Of its first packet: RTP header, and payload descriptor (VP8). */
  readonly header: Buffer;
  readonly descriptor: Buffer;
  readonly data: Buffer;
}

/** Leaves room for header, descriptor and SRTP in a packet of the usual size. */
const MAX_CHUNK_BYTES = 1_100;
const MARKER = 0x80;
const PADDING = 0x20;
const VP8_START = 0x10;
const MAX_PACKETS_PER_FRAME = 500;

/** Puts the packets of one track together to frames. Video is VP8; an incomplete frame is left out. */
export class FrameAssembler {
  #parts: { readonly packet: Buffer; readonly isStart: boolean; readonly data: Buffer }[] = [];
  #timestamp = -1;

  /** @returns the frame that this packet completes */
  add({ payload: packet, identity, kind, receivedAtMs }: TappedPacket): RtpFrame | undefined {
    const { timestamp, isLast, payload } = parseRtp(packet);
    const about = { identity, kind, timestamp, receivedAtMs };
    if (payload.length === 0) return undefined;
    if (kind === "audio") {
      return { ...about, header: headerOf(packet, payload), descriptor: Buffer.alloc(0), data: payload };
    }
    if (timestamp !== this.#timestamp || this.#parts.length >= MAX_PACKETS_PER_FRAME) this.#parts = [];
    this.#timestamp = timestamp;
    this.#parts.push({ packet, ...parseVp8Payload(payload) });
    const [first] = this.#parts;
    if (!isLast || !first?.isStart) return undefined;
    const data = Buffer.concat(this.#parts.map((part) => part.data));
    const whole = parseRtp(first.packet).payload;
    const descriptor = whole.subarray(0, whole.length - first.data.length);
    return { ...about, header: headerOf(first.packet, whole), descriptor, data };
  }
}

function headerOf(packet: Buffer, payload: Buffer): Buffer {
  return packet.subarray(0, payload.byteOffset - packet.byteOffset);
}

/** Makes packets that look like those of `frame` but carry `data`. */
export function packetise(
  frame: RtpFrame,
  {
    data,
    timestamp,
    firstSequence,
  }: { readonly data: Buffer; readonly timestamp: number; readonly firstSequence: number },
): Buffer[] {
  const packets: Buffer[] = [];
  for (let at = 0; at < data.length || packets.length === 0; at += MAX_CHUNK_BYTES) {
    const header = Buffer.from(frame.header);
    header[0] = header.readUInt8(0) & ~PADDING;
    const isLast = at + MAX_CHUNK_BYTES >= data.length;
    if (frame.kind === "video") header[1] = (header.readUInt8(1) & ~MARKER) | (isLast ? MARKER : 0);
    header.writeUInt16BE((firstSequence + packets.length) & 0xffff, 2);
    header.writeUInt32BE(timestamp >>> 0, 4);
    const descriptor = Buffer.from(frame.descriptor);
    if (at > 0 && descriptor.length > 0) descriptor[0] = descriptor.readUInt8(0) & ~VP8_START;
    packets.push(Buffer.concat([header, descriptor, data.subarray(at, at + MAX_CHUNK_BYTES)]));
  }
  return packets;
}
