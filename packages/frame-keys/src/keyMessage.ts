import { toBase64, tryFromBase64 } from "@conclave/kit";
import type { DeviceId, RoomId, SlotDescription } from "@conclave/matrix-rtc";

import type { SenderKey } from "./ports.ts";

/** To-device event type of layers A and B. */
export const KEY_MESSAGE_TYPE = "io.element.call.encryption_keys";

const MIN_KEY_BYTES = 16;
const MAX_KEY_BYTES = 64;
const MAX_INDEX = 255;
const MAX_TEXT_LENGTH = 512;

/** A key message as its sender claims it; what Olm proved is compared by `toDeviceKeyTransport`. */
export interface KeyMessage {
  readonly key: SenderKey;
  readonly roomId: string;
  /** Undefined: the sender's only membership. */
  readonly memberId: string | undefined;
  readonly claimedDeviceId: string;
  readonly sentAtMs: number;
}

export interface OwnKeyMessage {
  readonly key: SenderKey;
  readonly roomId: RoomId;
  readonly slot: SlotDescription;
  readonly memberId: string;
  readonly deviceId: DeviceId;
  readonly sentAtMs: number;
}

/** Writes the plaintext of a key message, before Olm. The result is secret. @see matrixrtc.md 11.2 */
export function keyMessageContent(message: OwnKeyMessage): object {
  const { key, slot } = message;
  const isRoomCall = slot.application === "m.call" && slot.id === "ROOM";
  return {
    keys: { index: key.index, key: toBase64(key.bytes) },
    room_id: message.roomId,
    member: { id: message.memberId, claimed_device_id: message.deviceId },
    session: { call_id: isRoomCall ? "" : slot.id, application: slot.application, scope: "m.room" },
    sent_ts: message.sentAtMs,
  };
}

/**
 * Reads the content of a key message: 16 to 64 bytes, any base64.
 *
 * @returns `undefined` if it is malformed
 */
export function tryReadKeyMessage(content: unknown): KeyMessage | undefined {
  if (!isRecord(content)) return undefined;
  const { keys, member, room_id: roomId, sent_ts: sentAtMs = 0 } = content;
  if (!isRecord(keys) || !isRecord(member) || !isText(roomId) || !Number.isFinite(sentAtMs)) return undefined;
  const { id: memberId, claimed_device_id: claimedDeviceId } = member;
  if (!isText(claimedDeviceId) || (memberId !== undefined && !isText(memberId))) return undefined;
  const key = tryReadKey(keys);
  return key && { key, roomId, memberId, claimedDeviceId, sentAtMs: sentAtMs as number };
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
