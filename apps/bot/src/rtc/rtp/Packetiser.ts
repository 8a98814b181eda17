import { createRtp } from "./rtpHeader.ts";
import { WRITTEN_DESCRIPTOR_BYTES, writeVp8Descriptor } from "./vp8Descriptor.ts";

/** Payload bytes of one packet: with all headers below the 1,200 bytes that fit through every path. */
export const MAX_PAYLOAD_BYTES = 1_150;
/** −20 dBov: speech. The frames are not looked into. */
const AUDIO_LEVEL_MINUS_DBOV = 20;

export interface StreamShape {
  readonly codec: "opus" | "vp8";
  readonly ssrc: number;
  readonly payloadType: number;
  readonly audioLevelId: number;
  /** Where sequence numbers start. */
  readonly firstSequence: number;
}

/** Cuts the frames of one stream into RTP packets. Opus: one each (RFC 7587 §4.2); VP8: RFC 7741. */
export class Packetiser {
  readonly #shape: StreamShape;
  #sequence: number;
  #pictureId = 0;

  constructor(shape: StreamShape) {
    this.#shape = shape;
    this.#sequence = shape.firstSequence & 0xff_ff;
  }

  packetise(frame: Uint8Array, timestamp: number): Buffer[] {
    return this.#shape.codec === "opus" ? [this.#whole(frame, timestamp)] : this.#fragments(frame, timestamp);
  }

  #whole(frame: Uint8Array, timestamp: number): Buffer {
    const audioLevel = { extensionId: this.#shape.audioLevelId, minusDbov: AUDIO_LEVEL_MINUS_DBOV };
    const { packet, payloadStart } = createRtp({ ...this.#next(timestamp, false), audioLevel }, frame.length);
    packet.set(frame, payloadStart);
    return packet;
  }

  #fragments(frame: Uint8Array, timestamp: number): Buffer[] {
    const maxBytes = MAX_PAYLOAD_BYTES - WRITTEN_DESCRIPTOR_BYTES;
    const packets: Buffer[] = [];
    for (let start = 0; start < frame.length; start += maxBytes) {
      const part = frame.subarray(start, start + maxBytes);
      const isLast = start + maxBytes >= frame.length;
      const { packet, payloadStart } = createRtp(this.#next(timestamp, isLast), WRITTEN_DESCRIPTOR_BYTES + part.length);
      writeVp8Descriptor(packet, payloadStart, { isStart: start === 0, pictureId: this.#pictureId });
      packet.set(part, payloadStart + WRITTEN_DESCRIPTOR_BYTES);
      packets.push(packet);
    }
    this.#pictureId = (this.#pictureId + 1) & 0x7f_ff;
    return packets;
  }

  #next(timestamp: number, isMarked: boolean) {
    const { ssrc, payloadType } = this.#shape;
    const sequence = this.#sequence;
    this.#sequence = (sequence + 1) & 0xff_ff;
    return { ssrc, payloadType, sequence, timestamp, isMarked };
  }
}
