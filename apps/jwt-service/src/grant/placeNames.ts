import { hash } from "node:crypto";

import { goJson } from "../goJson.ts";

/** SHA-256 in Base64 without padding. */
const HASH_LENGTH = 43;

/**
 * Names the LiveKit room of a slot. The same as `livekitRoomAlias` of livekit-wire, but synchronous: every token needs it,
 * and WebCrypto costs more than the rest of the request together.
 *
 * @see MSC4195, "LiveKit room alias"
 */
export function roomOf(roomId: string, slotId: string): string {
  return hashOf([roomId, slotId]);
}

/** Names a member on the SFU without telling who it is; the same as `identityHash3` of livekit-wire. */
export function identityOf(userId: string, deviceId: string, memberId: string): string {
  return hashOf([userId, deviceId, memberId]);
}

/** Names a device on the SFU in clear, as clients before MSC4195 expect. */
export function legacyIdentityOf(userId: string, deviceId: string): string {
  return `${userId}:${deviceId}`;
}

function hashOf(strings: readonly string[]): string {
  return hash("sha256", goJson(strings), "base64").slice(0, HASH_LENGTH);
}
