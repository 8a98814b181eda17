import type { UpdateTrackSettings } from "@livekit/protocol";

import type { RequestContext } from "./context.ts";

/** The client says how it shows tracks: how large, or not at all. */
export function handleTrackSetting({ room, participant }: RequestContext, request: UpdateTrackSettings): void {
  const { trackSids, disabled, width, height, quality, fps } = request;
  for (const trackSid of trackSids) {
    if (!room.findTrack(trackSid)) continue;
    const size = { width, height, quality, fps };
    participant.wish(trackSid, { isDisabled: disabled, size }, room.deps.limits.subscriptionsPerParticipant);
    room.reconcile(participant, trackSid);
  }
}
