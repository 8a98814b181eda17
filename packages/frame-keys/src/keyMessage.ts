import { toBase64, tryFromBase64 } from "@conclave/kit";
import type { DeviceId, RoomId, SlotDescription } from "@conclave/matrix-rtc";

import type { KeyNote, SenderKey } from "./ports.ts";

/** To-device event type of layers A and B. */
export const KEY_MESSAGE_TYPE = "io.element.call.encryption_keys";

/** Ours, in the content of a key message. Its presence says that the sender knows confirmations; others do not read it. */
const NOTE_FIELD = "io.conclave.keys";

const MAX_TOKENS = 512;
const MAX_TOKEN_LENGTH = 32;
const MIN_KEY_BYTES = 16;
const MAX_KEY_BYTES = 64;
const MAX_INDEX = 255;
const MAX_TEXT_LENGTH = 512;

/** A key message as its sender claims it; what Olm proved is compared by `toDeviceKeyTransport`. */
export interface KeyMessage {
  /** Undefined only if there is a note. */
  readonly key: SenderKey | undefined;
  readonly note: KeyNote | undefined;
  readonly roomId: string;
  /** Undefined: the sender's only membership. */
  readonly memberId: string | undefined;
  readonly claimedDeviceId: string;
  readonly sentAtMs: number;
}

export interface OwnKeyMessage {
  readonly key?: SenderKey;
  readonly note?: KeyNote | undefined;
  readonly roomId: RoomId;
  readonly slot: SlotDescription;
  readonly memberId: string;
  readonly deviceId: DeviceId;
  readonly sentAtMs: number;
}

/** Writes the plaintext of a key message, before Olm. The result is secret. @see matrixrtc.md 11.2 */
export function keyMessageContent(message: OwnKeyMessage): object {
  const { key, note, slot } = message;
  const isRoomCall = slot.application === "m.call" && slot.id === "ROOM";
  return {
    ...(key && { keys: { index: key.index, key: toBase64(key.bytes) } }),
    room_id: message.roomId,
    member: { id: message.memberId, claimed_device_id: message.deviceId },
    session: { call_id: isRoomCall ? "" : slot.id, application: slot.application, scope: "m.room" },
    sent_ts: message.sentAtMs,
    ...(note && { [NOTE_FIELD]: noteContent(note) }),
  };
}

function noteContent({ token, have, wantsKey }: KeyNote): object {
  return {
    ...(token !== undefined && { token }),
    ...(have.length > 0 && { have }),
    ...(wantsKey && { want: true }),
  };
}

/**
 * Reads the content of a key message: a key of 16 to 64 bytes in any base64, a note, or both.
 *
 * @returns `undefined` if it is malformed
 */
export function tryReadKeyMessage(content: unknown): KeyMessage | undefined {
  if (!isRecord(content)) return undefined;
  const { keys, member, room_id: roomId, sent_ts: sentAtMs = 0 } = content;
  if (!isRecord(member) || !isText(roomId) || !Number.isFinite(sentAtMs)) return undefined;
  const { id: memberId, claimed_device_id: claimedDeviceId } = member;
  if (!isText(claimedDeviceId) || (memberId !== undefined && !isText(memberId))) return undefined;
  const note = tryReadNote(content[NOTE_FIELD]);
  const key = isRecord(keys) ? tryReadKey(keys) : undefined;
  const isReadable = key !== undefined || (keys === undefined && note !== undefined);
  return isReadable ? { key, note, roomId, memberId, claimedDeviceId, sentAtMs: sentAtMs as number } : undefined;
}

/** A note that cannot be read is as none: the key beside it counts. */
function tryReadNote(value: unknown): KeyNote | undefined {
  if (!isRecord(value)) return undefined;
  const { token, have = [], want } = value;
  if (!Array.isArray(have) || have.length > MAX_TOKENS || !have.every(isToken)) return undefined;
  if (token !== undefined && !isToken(token)) return undefined;
  return { ...(token !== undefined && { token }), have, wantsKey: want === true };
}

function isToken(value: unknown): value is string {
  return isText(value) && value.length <= MAX_TOKEN_LENGTH;
}

function tryReadKey({ index, key }: Readonly<Record<string, unknown>>): SenderKey | undefined {
  if (!Number.isInteger(index) || (index as number) < 0 || (index as number) > MAX_INDEX || !isText(key))
    return undefined;
  const bytes = tryFromBase64(key);
  if (!bytes || bytes.byteLength < MIN_KEY_BYTES || bytes.byteLength > MAX_KEY_BYTES) return undefined;
  return { index: index as number, bytes };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= MAX_TEXT_LENGTH;
}
