/*
 * The few messages of LiveKit's room service, in protobuf's wire format (type 0 = varint, type 2 = length and bytes):
 *
 *   CreateRoomRequest        name 1 · empty_timeout 2 · max_participants 3 · departure_timeout 10
 *   RoomParticipantIdentity  room 1 · identity 2
 *   ListRoomsRequest         names 1
 *   ParticipantInfo          sid 1
 *
 * By hand, because LiveKit's library with all its messages takes longer to load than the service may take to start.
 */
const VARINT = 0;
const BYTES = 2;
const WIRE_TYPE_BITS = 3;

/** Writes numbers and texts by their field numbers; zero and the empty text are left out, as proto3 does. */
export function writeMessage(fields: Readonly<Record<number, number | string>>): Buffer {
  const parts: Uint8Array[] = [];
  for (const [number, value] of Object.entries(fields)) {
    if (value === 0 || value === "") continue;
    const tag = Number(number) << WIRE_TYPE_BITS;
    if (typeof value === "number") parts.push(varint(tag | VARINT), varint(value));
    else {
      const text = Buffer.from(value, "utf8");
      parts.push(varint(tag | BYTES), varint(text.length), text);
    }
  }
  return Buffer.concat(parts);
}

/** Reads the text of field 1, which by LiveKit's custom comes first; empty if it does not. */
export function readFirstText(message: Uint8Array): string {
  if (message[0] !== ((1 << WIRE_TYPE_BITS) | BYTES)) return "";
  const lengthBytes = message[1] ?? 0;
  // Ids are shorter than what one byte can count.
  return lengthBytes < 128 ? Buffer.from(message.subarray(2, 2 + lengthBytes)).toString("utf8") : "";
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value >>> 0;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}
