import type { DeviceId, EventId, RtcMember, UserId } from "@conclave/matrix-rtc";

/** A member with one device, without media. */
export function testMember(name: string, joinedAtMs = 0): RtcMember {
  const userId = `@${name}:hs.example` as UserId;
  const deviceId = `${name.toUpperCase()}DEV` as DeviceId;
  return {
    userId,
    deviceId,
    memberId: `${userId}:${deviceId}`,
    joinedAtMs,
    eventId: "$e" as EventId,
    sfuIdentities: [],
    transport: undefined,
    intent: undefined,
    displayName: undefined,
  };
}
