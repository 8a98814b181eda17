import { untracked } from "@conclave/kit";

import type { RtcMember } from "../model.ts";
import type { RtcSelf } from "../sessionModel.ts";
import type { CallRoom } from "./watchHands.ts";

/** Whether it is this session; an earlier one of the same device may still be listed beside it. */
export function isSelf(member: RtcMember, { userId, deviceId, memberId }: RtcSelf): boolean {
  return member.userId === userId && member.deviceId === deviceId && member.memberId === memberId;
}

/** This session in the list, once its membership has come back from the homeserver. */
export function ownMember({ members, self }: CallRoom & { readonly self: RtcSelf }): RtcMember | undefined {
  return untracked(() => members.get()).find((member) => isSelf(member, self));
}
