import type { RtpHeader } from "./rtpHeader.ts";
import { tryReadVp8Descriptor } from "./vp8Descriptor.ts";

/** Frames that are under way at once, as packets overtake each other. The oldest is given up for a further one. */
const MAX_OPEN_FRAMES = 4;
/** About 570 kB: more than a picture of 4K at sensible rates. */
const MAX_PACKETS_PER_FRAME = 512;

interface OpenFrame {
  readonly parts: Map<number, Uint8Array>;
  startSequence: number | undefined;
  endSequence: number | undefined;
}

/** Puts VP8 frames together from packets of one stream, by timestamp, start and marker. Gives up frames with a gap. */
export class Vp8Assembler {
  readonly #open = new Map<number, OpenFrame>();

  /** @returns the frame that this packet completes */
  push(packet: Buffer, header: RtpHeader): Uint8Array<ArrayBuffer> | undefined {
    const { payloadStart, payloadEnd, sequence, timestamp, isMarked } = header;
    const descriptor = tryReadVp8Descriptor(packet, payloadStart, payloadEnd);
    if (!descriptor) return undefined;
    const part = packet.subarray(payloadStart + descriptor.lengthBytes, payloadEnd);
    if (descriptor.isStart && isMarked) return copyOf(part);
    const frame = this.#open.get(timestamp) ?? this.#begin(timestamp);
    frame.parts.set(sequence, part);
    if (descriptor.isStart) frame.startSequence = sequence;
    if (isMarked) frame.endSequence = sequence;
    const whole = tryJoin(frame);
    if (whole || frame.parts.size >= MAX_PACKETS_PER_FRAME) this.#open.delete(timestamp);
    return whole;
  }

  #begin(timestamp: number): OpenFrame {
    const [oldest] = this.#open.keys();
    if (this.#open.size >= MAX_OPEN_FRAMES && oldest !== undefined) this.#open.delete(oldest);
    const frame: OpenFrame = { parts: new Map(), startSequence: undefined, endSequence: undefined };
    this.#open.set(timestamp, frame);
    return frame;
  }
}

function tryJoin({ parts, startSequence, endSequence }: OpenFrame): Uint8Array<ArrayBuffer> | undefined {
  if (startSequence === undefined || endSequence === undefined) return undefined;
  const count = ((endSequence - startSequence) & 0xff_ff) + 1;
  if (parts.size < count) return undefined;
  const ordered: Uint8Array[] = [];
  for (let index = 0; index < count; index++) {
    const part = parts.get((startSequence + index) & 0xff_ff);
    if (!part) return undefined;
    ordered.push(part);
  }
  const whole = new Uint8Array(ordered.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of ordered) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** A copy with a buffer of its own: the packet's belongs to the transport. */
export function copyOf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(bytes.length);
  copy.set(bytes);
  return copy;
}
