/**
 * The WebRTC data channel establishment protocol, bytes only.
 *
 * ```
 * OPEN  | 0x03 | channel type (1) | priority (2) | reliability (4) | label length (2) | protocol length (2) | label | protocol |
 * ACK   | 0x02 |
 * ```
 *
 * @see RFC 8832 §5
 */
export const PPID_DCEP = 50;
/** Payload protocol id of binary messages. @see RFC 8831 §8 */
export const PPID_BINARY = 53;

const TYPE_ACK = 0x02;
const TYPE_OPEN = 0x03;
const OPEN_HEADER_BYTES = 12;
const PRIORITY_NORMAL = 256;
const CHANNEL_RELIABLE = 0x00;
/** Partial reliability by retransmissions, unordered. */
const CHANNEL_UNORDERED_REXMIT = 0x81;
/** Longest label that is read; the known ones have at most eleven characters. */
export const MAX_LABEL_BYTES = 64;

export type DcepMessage = { readonly type: "open"; readonly label: string } | { readonly type: "ack" };

/** Reads a DCEP message; `undefined` for anything that is none. */
export function tryParseDcep(payload: Uint8Array): DcepMessage | undefined {
  const [type] = payload;
  if (type === TYPE_ACK) return { type: "ack" };
  if (type !== TYPE_OPEN || payload.byteLength < OPEN_HEADER_BYTES) return undefined;
  const labelBytes = new DataView(payload.buffer, payload.byteOffset, payload.byteLength).getUint16(8);
  if (labelBytes > MAX_LABEL_BYTES || OPEN_HEADER_BYTES + labelBytes > payload.byteLength) return undefined;
  const label = payload.subarray(OPEN_HEADER_BYTES, OPEN_HEADER_BYTES + labelBytes);
  return { type: "open", label: new TextDecoder().decode(label) };
}

/** Writes an OPEN without protocol. A lossy channel is unordered and never retransmits. */
export function writeOpen(label: string, isLossy: boolean): Uint8Array {
  const name = new TextEncoder().encode(label);
  const message = new Uint8Array(OPEN_HEADER_BYTES + name.byteLength);
  const view = new DataView(message.buffer);
  view.setUint8(0, TYPE_OPEN);
  view.setUint8(1, isLossy ? CHANNEL_UNORDERED_REXMIT : CHANNEL_RELIABLE);
  view.setUint16(2, PRIORITY_NORMAL);
  view.setUint16(8, name.byteLength);
  message.set(name, OPEN_HEADER_BYTES);
  return message;
}

/** Writes an ACK. */
export function writeAck(): Uint8Array {
  return Uint8Array.of(TYPE_ACK);
}
