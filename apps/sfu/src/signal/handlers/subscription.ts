import { SubscriptionError, SubscriptionResponse, type UpdateSubscription } from "@livekit/protocol";

import type { RequestContext } from "./context.ts";

/** The client chooses which tracks it wants at all. */
export function handleSubscription({ room, participant }: RequestContext, request: UpdateSubscription): void {
  const sids = [...request.trackSids, ...request.participantTracks.flatMap(({ trackSids }) => trackSids)];
  for (const trackSid of sids) {
    if (!room.findTrack(trackSid)) {
      if (!request.subscribe) continue;
      const value = new SubscriptionResponse({ trackSid, err: SubscriptionError.SE_TRACK_NOTFOUND });
      participant.send({ case: "subscriptionResponse", value });
      continue;
    }
    participant.wish(trackSid, { isWanted: request.subscribe }, room.deps.limits.subscriptionsPerParticipant);
    room.reconcile(participant, trackSid);
  }
}
