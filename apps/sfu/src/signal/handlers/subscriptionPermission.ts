import type { SubscriptionPermission } from "@livekit/protocol";

import type { RequestContext } from "./context.ts";

/** Most exceptions that one publisher may state. */
const MAX_EXCEPTIONS = 1024;

/** The client says who may have its tracks; the room tells whoever gains or loses one. */
export function handleSubscriptionPermission(
  { room, participant }: RequestContext,
  { allParticipants, trackPermissions }: SubscriptionPermission,
): void {
  const exceptions = trackPermissions
    .slice(0, MAX_EXCEPTIONS)
    .map(
      ({ participantIdentity, participantSid, allTracks, trackSids }) =>
        [participantIdentity || participantSid, allTracks ? "all" : new Set(trackSids)] as const,
    );
  participant.policy = { allowsAll: allParticipants, exceptions: new Map(exceptions) };
  for (const trackSid of participant.tracks.keys()) room.reconcileTrack(trackSid);
}
