import type { CallMember } from "@conclave/call";
import type { DeviceId, UserId } from "@conclave/matrix-rtc";

const JOINED_AT_MS = Date.UTC(2026, 10, 2, 9, 30);

/** A member of a call for tests and the gallery: connected, decrypting, microphone on, no camera. */
export function makeMember(displayName: string, changes: Partial<CallMember> = {}): CallMember {
  const id = displayName.toLowerCase().replaceAll(/\s+/g, "_");
  return {
    id,
    userId: `@${id}:call.example` as UserId,
    deviceId: "DEVICE" as DeviceId,
    displayName,
    isSelf: false,
    presence: "connected",
    microphone: { sid: `${id}_mic`, track: undefined, isMuted: false },
    camera: undefined,
    screen: undefined,
    screenAudio: undefined,
    isSpeaking: false,
    audioLevel: 0,
    decryption: "decrypting",
    joinedAtMs: JOINED_AT_MS,
    handOrder: undefined,
    reaction: undefined,
    ...changes,
  };
}
