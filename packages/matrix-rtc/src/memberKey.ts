import type { RtcMember } from "./model.ts";

/**
 * A member as one text that no other member has. All three parts: it chooses its member id itself, so alone that could be
 * another's.
 */
export function memberKey({ userId, deviceId, memberId }: Pick<RtcMember, "userId" | "deviceId" | "memberId">): string {
  return JSON.stringify([userId, deviceId, memberId]);
}
