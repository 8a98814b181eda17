import type { UpdateTrackSettings } from "@livekit/protocol";

import { MAX_WISHES } from "../../room/Participant.ts";
import type { RequestContext } from "./context.ts";

/** The client says how it shows tracks: how large, or not at all. */
export function handleTrackSetting({ room, participant }: RequestContext, request: UpdateTrackSettings): void {
  const { trackSids, disabled, width, height, quality, fps } = request;
  for (const trackSid of trackSids) {
    if (!room.findTrack(trackSid) || participant.wishes.size >= MAX_WISHES) continue;
    const size = { width, height, quality, fps };
    participant.wishes.set(trackSid, { ...participant.wishFor(trackSid), isDisabled: disabled, size });
    room.reconcile(participant, trackSid);
  }
}
