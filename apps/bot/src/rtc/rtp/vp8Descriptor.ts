// Payload descriptor of VP8 in RTP (RFC 7741 §4.2).
const EXTENDED_BIT = 0x80;
const START_BIT = 0x10;
const PARTITION_MASK = 0x07;
const PICTURE_ID_BIT = 0x80;
const TL0_BIT = 0x40;
const TID_BIT = 0x20;
const KEY_INDEX_BIT = 0x10;
const LONG_PICTURE_ID_BIT = 0x80;

/** Of the descriptor that we write: a 15-bit picture id and nothing else. */
export const WRITTEN_DESCRIPTOR_BYTES = 4;

export interface Vp8Descriptor {
  /** The payload starts a frame. */
  readonly isStart: boolean;
  readonly lengthBytes: number;
}

/** @returns `undefined` if the payload ends within the descriptor or directly after it; never throws */
export function tryReadVp8Descriptor(packet: Buffer, start: number, end: number): Vp8Descriptor | undefined {
  const byteAt = (at: number): number => (at < end ? (packet[at] ?? 0) : 0);
  const first = byteAt(start);
  const isStart = (first & START_BIT) !== 0 && (first & PARTITION_MASK) === 0;
  let at = start + 1;
  if ((first & EXTENDED_BIT) !== 0) {
    const fields = byteAt(at++);
    if ((fields & PICTURE_ID_BIT) !== 0) at += (byteAt(at) & LONG_PICTURE_ID_BIT) === 0 ? 1 : 2;
    if ((fields & TL0_BIT) !== 0) at += 1;
    if ((fields & (TID_BIT | KEY_INDEX_BIT)) !== 0) at += 1;
  }
  return at < end ? { isStart, lengthBytes: at - start } : undefined;
}

export function writeVp8Descriptor(
  packet: Buffer,
  at: number,
  { isStart, pictureId }: { readonly isStart: boolean; readonly pictureId: number },
): void {
  packet.writeUInt8(EXTENDED_BIT | (isStart ? START_BIT : 0), at);
  packet.writeUInt8(PICTURE_ID_BIT, at + 1);
  packet.writeUInt16BE((LONG_PICTURE_ID_BIT << 8) | (pictureId & 0x7f_ff), at + 2);
}

/** RFC 6386 §9.1: the lowest bit of a frame is 0 in key frames. Frame encryption leaves it in clear. */
export function isVp8KeyFrame(frame: Uint8Array): boolean {
  return ((frame[0] ?? 1) & 1) === 0;
}
