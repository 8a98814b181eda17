import { type SubscriptionPermission, SubscriptionPermissionUpdate } from "@livekit/protocol";

import { allowsSubscriber } from "../../room/permissions.ts";
import type { RequestContext } from "./context.ts";

/** Most exceptions that one publisher may state. */
const MAX_EXCEPTIONS = 1024;

/** The client says who may have its tracks; whoever gains or loses one is told. */
export function handleSubscriptionPermission(
  { room, participant }: RequestContext,
  { allParticipants, trackPermissions }: SubscriptionPermission,
): void {
  const before = participant.policy;
  const exceptions = trackPermissions
    .slice(0, MAX_EXCEPTIONS)
    .map(
      ({ participantIdentity, participantSid, allTracks, trackSids }) =>
        [participantIdentity || participantSid, allTracks ? "all" : new Set(trackSids)] as const,
    );
  participant.policy = { allowsAll: allParticipants, exceptions: new Map(exceptions) };
  for (const trackSid of participant.tracks.keys()) {
    for (const other of room.visibleTo(participant)) {
      const allowed = allowsSubscriber(participant.policy, other, trackSid);
      if (allowed === allowsSubscriber(before, other, trackSid)) continue;
      const value = new SubscriptionPermissionUpdate({ participantSid: participant.sid, trackSid, allowed });
      other.send({ case: "subscriptionPermissionUpdate", value });
    }
    room.reconcileTrack(trackSid);
  }
}
