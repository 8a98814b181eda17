import type { SyncState } from "@livekit/protocol";

import { SfuError } from "../../errors.ts";
import type { RequestContext } from "./context.ts";

/**
 * After a resume the client says what it believes. Tracks that it publishes and we do not know cannot be mended:
 * it has to start anew. Its wishes are taken over.
 */
export function handleSyncState({ room, participant }: RequestContext, state: SyncState): void {
  for (const { track } of state.publishTracks) {
    if (track && !participant.tracks.has(track.sid)) {
      throw new SfuError("session_unknown", "The client publishes a track that is not known here");
    }
  }
  const limit = room.deps.limits.subscriptionsPerParticipant;
  const disabled = new Set(state.trackSidsDisabled);
  const listed = new Set(state.subscription?.trackSids);
  for (const trackSid of [...disabled, ...listed].slice(0, limit)) {
    if (!room.findTrack(trackSid)) continue;
    const wish = participant.wishFor(trackSid);
    const isWanted = listed.has(trackSid) ? (state.subscription?.subscribe ?? wish.isWanted) : wish.isWanted;
    participant.wish(trackSid, { isWanted, isDisabled: wish.isDisabled || disabled.has(trackSid) }, limit);
  }
  room.reconcileAll(participant);
}
