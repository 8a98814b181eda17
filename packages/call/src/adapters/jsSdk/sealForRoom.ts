import { CALL_EVENTS, MatrixRtcError, type RoomId } from "@conclave/matrix-rtc";
import { type MatrixClient, MatrixEvent, type Room } from "matrix-js-sdk";

import type { SealedContent } from "../http/RoomSender.ts";
import { toMatrixRtcError } from "./sdkError.ts";

/** The part of the client's crypto that encrypts without sending. It is there, but not of the SDK's public types. */
interface EventEncryptor {
  encryptEvent(event: MatrixEvent, room: Room): Promise<void>;
}

/**
 * Encrypts a message by the client's crypto, if its room is encrypted.
 *
 * The client's own ways to send are not used: they put the message into the host's timeline, do not send it while another
 * one of the host's waits there, and send what is to be delayed in clear.
 *
 * @throws {MatrixRtcError} `not_found`: the client does not know the room; `unsupported`: it cannot encrypt
 */
export async function sealForRoom(
  client: MatrixClient,
  nowMs: number,
  message: { readonly roomId: RoomId; readonly type: string; readonly content: object },
): Promise<SealedContent> {
  const { roomId, type, content } = message;
  if (type === CALL_EVENTS.annotation) return { type, content };
  const room = client.getRoom(roomId);
  // Nothing may be said in clear in a room of which nobody knows whether it is encrypted.
  if (!room) throw new MatrixRtcError("not_found", "The client does not know the room");
  const crypto = client.getCrypto();
  const isEncrypted = room.hasEncryptionStateEvent() || (await crypto?.isEncryptionEnabledInRoom(roomId));
  if (!isEncrypted) return { type, content };
  if (!canEncrypt(crypto)) throw new MatrixRtcError("unsupported", "The client cannot encrypt messages");
  const event = new MatrixEvent({ type, content: { ...content }, room_id: roomId, sender: client.getSafeUserId() });
  try {
    await crypto.encryptEvent(event, room);
  } catch (error) {
    throw toMatrixRtcError("message", error, nowMs);
  }
  return { type: event.getWireType(), content: event.getWireContent() };
}

function canEncrypt(crypto: unknown): crypto is EventEncryptor {
  return typeof crypto === "object" && crypto !== null && "encryptEvent" in crypto;
}
