import { crc32 } from "node:zlib";

import type { MediaKind } from "@conclave/frame-crypto";

/*
 * The proof of content: the last bytes of every frame that a bot sends. Words are big-endian.
 *
 *    0               -26     -22       -21    -20      -16      -12          -4      end
 *   +---------------+-------+---------+------+--------+--------+------------+-------+
 *   | Opus or VP8   | magic | version | kind | sender | number | sent at    | CRC   |
 *   | n bytes       | CBOT  | 1       | 1 | 2| u32    | u32    | f64, ms    | u32   |
 *   +---------------+-------+---------+------+--------+--------+------------+-------+
 *   | CRC-32 of all of this, which is all but the CRC itself               |
 *
 * Behind Opus it lies in the packet's padding, behind VP8 behind the last partition: decoders pass over both.
 */

/** Length of a stamp. */
export const STAMP_BYTES = 26;
const VERSION_AT = 4;
const KIND_AT = 5;
const SENDER_AT = 6;
const NUMBER_AT = 10;
const SENT_AT = 14;
const CRC_AT = 22;
const CRC_BYTES = 4;

/** "CBOT". */
const MAGIC = 0x43424f54;
const VERSION = 1;
const KIND_CODES: Readonly<Record<MediaKind, number>> = { audio: 1, video: 2 };

/** What a stamp says. */
export interface Stamp {
  readonly kind: MediaKind;
  /** Number of the bot, 32 bits. */
  readonly sender: number;
  /** Counts all frames of the track from 0; stamped modulo 2^32. */
  readonly number: number;
  /** When the frame was handed to the track, ms since 1970. */
  readonly sentAtMs: number;
}

/** What a frame's stamp says, and whether the frame is what its sender made. */
export interface CheckedStamp {
  readonly sender: number;
  readonly number: number;
  readonly sentAtMs: number;
  /** The CRC holds and the stamp is of the kind that was asked for. The other members are worth nothing without it. */
  readonly isIntact: boolean;
}

/** A frame that is sent over and over, each time with another stamp. */
export interface StampTemplate {
  /** The last `STAMP_BYTES` are free. */
  readonly frame: Uint8Array<ArrayBuffer>;
  /** CRC-32 of the bytes before the stamp: they are summed once. */
  readonly bodyCrc: number;
}

/** @param frame at least `STAMP_BYTES` long; its last `STAMP_BYTES` are given away */
export function stampTemplate(frame: Uint8Array<ArrayBuffer>): StampTemplate {
  if (frame.length < STAMP_BYTES) throw new RangeError(`A frame of ${frame.length} bytes has no room for a stamp`);
  return { frame, bodyCrc: crc32(frame.subarray(0, frame.length - STAMP_BYTES)) };
}

/** A stamped copy. */
export function stampedCopy(template: StampTemplate, stamp: Stamp): Uint8Array<ArrayBuffer> {
  const frame = template.frame.slice();
  const at = frame.length - STAMP_BYTES;
  writeWord(frame, at, MAGIC);
  frame[at + VERSION_AT] = VERSION;
  frame[at + KIND_AT] = KIND_CODES[stamp.kind];
  writeWord(frame, at + SENDER_AT, stamp.sender);
  writeWord(frame, at + NUMBER_AT, stamp.number);
  scratch.setFloat64(0, stamp.sentAtMs);
  writeWord(frame, at + SENT_AT, scratch.getUint32(0));
  writeWord(frame, at + SENT_AT + 4, scratch.getUint32(4));
  writeWord(frame, at + CRC_AT, crc32(frame.subarray(at, at + CRC_AT), template.bodyCrc));
  return frame;
}

/** Reads and proves the stamp of a frame; `undefined` if it has none. Never throws. */
export function checkFrame(frame: Uint8Array, kind: MediaKind): CheckedStamp | undefined {
  const at = frame.length - STAMP_BYTES;
  if (at < 0 || readWord(frame, at) !== MAGIC || frame[at + VERSION_AT] !== VERSION) return undefined;
  scratch.setUint32(0, readWord(frame, at + SENT_AT));
  scratch.setUint32(4, readWord(frame, at + SENT_AT + 4));
  return {
    sender: readWord(frame, at + SENDER_AT),
    number: readWord(frame, at + NUMBER_AT),
    sentAtMs: scratch.getFloat64(0),
    isIntact:
      frame[at + KIND_AT] === KIND_CODES[kind] &&
      crc32(frame.subarray(0, frame.length - CRC_BYTES)) === readWord(frame, at + CRC_AT),
  };
}

/** One view for all conversions: a view for each frame would cost more than the check. */
const scratch = new DataView(new ArrayBuffer(8));

function readWord(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

// Bytes are stored modulo 256.
function writeWord(bytes: Uint8Array, at: number, word: number): void {
  bytes[at] = word >>> 24;
  bytes[at + 1] = word >>> 16;
  bytes[at + 2] = word >>> 8;
  bytes[at + 3] = word;
}
