import { toUnpaddedBase64, utf8 } from "@conclave/kit";

/**
 * How the hashed JSON array is written. `go` is what the deployed lk-jwt-service does: `&`, `<`, `>`, U+2028 and
 * U+2029 are escaped. `plain` is what MSC4195, `JSON.stringify` and the Rust service do. They differ only for
 * identifiers that hold such characters.
 */
export type HashForm = "go" | "plain";

/**
 * Names the LiveKit room of a MatrixRTC slot: unpadded base64 of SHA-256 over the JSON array `[room_id, slot_id]`.
 * For services only: a client reads the name from its token, because a service may salt it.
 *
 * @see MSC4195, "LiveKit room alias"; docs of lk-jwt-service 0.5
 */
export function livekitRoomAlias(roomId: string, slotId: string, form: HashForm = "go"): Promise<string> {
  return hashStrings([roomId, slotId], form);
}

/**
 * Pseudonymous SFU identity of a member, as `/get_token` of the deployed service derives it:
 * the hash of `[user_id, device_id, member.id]`.
 *
 * @see MSC4195 before October 2026 (three inputs)
 */
export function identityHash3(
  userId: string,
  deviceId: string,
  memberId: string,
  form: HashForm = "go",
): Promise<string> {
  return hashStrings([userId, deviceId, memberId], form);
}

/**
 * Pseudonymous SFU identity of a member as of MSC4195 since October 2026: the hash of `[user_id, member.id]`.
 *
 * @see MSC4195, "LiveKit participant identity"
 */
export function identityHash2(userId: string, memberId: string, form: HashForm = "plain"): Promise<string> {
  return hashStrings([userId, memberId], form);
}

/** SFU identity in clear, `@user:server:DEVICE`, as the older `/sfu/get` derives it. */
export function legacyIdentity(userId: string, deviceId: string): string {
  return `${userId}:${deviceId}`;
}

async function hashStrings(strings: readonly string[], form: HashForm): Promise<string> {
  const plain = JSON.stringify(strings);
  const text = form === "go" ? plain.replaceAll(/[&<>\u2028\u2029]/g, escapeAsGo) : plain;
  return toUnpaddedBase64(new Uint8Array(await crypto.subtle.digest("SHA-256", utf8(text))));
}

function escapeAsGo(character: string): string {
  return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`;
}
