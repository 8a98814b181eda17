import { parseRtp, parseVp8Payload, type RtpPacket } from "./parseRtp.ts";

/** A packet as the SFU's tap hands it out. */
export interface TappedPacket {
  readonly identity: string;
  readonly kind: "audio" | "video";
  readonly mimeType: string;
  readonly payload: Buffer;
  readonly receivedAtMs: number;
}

/** An encoded frame as everybody with access to the SFU can see it. */
export interface TappedFrame {
  readonly identity: string;
  readonly kind: "audio" | "video";
  readonly timestamp: number;
  readonly isKeyFrame: boolean;
  readonly data: Buffer;
  readonly receivedAtMs: number;
}

const MAX_FRAMES = 50_000;
const MAX_PACKETS_PER_FRAME = 500;

/** Puts the packets of a tap back together to frames, in order of arrival. Incomplete frames are left out. */
export class FrameRecorder {
  readonly frames: TappedFrame[] = [];
  readonly #open = new Map<number, { packet: RtpPacket; data: Buffer; isStart: boolean }[]>();

  readonly tap = (tapped: TappedPacket): void => {
    if (this.frames.length >= MAX_FRAMES) return;
    const packet = parseRtp(tapped.payload);
    if (packet.payload.length === 0) return;
    if (tapped.kind === "audio") this.#keep(tapped, packet.timestamp, Buffer.from(packet.payload));
    else this.#collect(tapped, packet);
  };

  count(kind: TappedFrame["kind"]): number {
    return this.frames.filter((frame) => frame.kind === kind).length;
  }

  #collect(tapped: TappedPacket, packet: RtpPacket): void {
    const parts = this.#open.get(packet.ssrc) ?? [];
    const isNewFrame = parts[0]?.packet.timestamp !== packet.timestamp;
    const { isStart, data } = parseVp8Payload(packet.payload);
    const next = isNewFrame ? [] : parts;
    next.push({ packet, data: Buffer.from(data), isStart });
    this.#open.set(packet.ssrc, next.slice(-MAX_PACKETS_PER_FRAME));
    const last = next.findIndex((part) => part.packet.isLast);
    if (last === -1) return;
    this.#open.delete(packet.ssrc);
    next.sort((a, b) => ((a.packet.sequence - b.packet.sequence + 0x18000) & 0xffff) - 0x8000);
    const first = next[0]!.packet.sequence;
    const isWhole =
      next[0]!.isStart &&
      next.at(-1)!.packet.isLast &&
      next.every((part, index) => part.packet.sequence === ((first + index) & 0xffff));
    if (isWhole) this.#keep(tapped, packet.timestamp, Buffer.concat(next.map((part) => part.data)));
  }

  #keep(tapped: TappedPacket, timestamp: number, data: Buffer): void {
    const isKeyFrame = tapped.kind === "audio" || (data.readUInt8(0) & 0x01) === 0;
    const { identity, kind, receivedAtMs } = tapped;
    this.frames.push({ identity, kind, timestamp, isKeyFrame, data, receivedAtMs });
  }
}
