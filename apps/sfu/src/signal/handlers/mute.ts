import type { MuteTrackRequest } from "@livekit/protocol";

import type { RequestContext } from "./context.ts";

/** The client mutes or unmutes one of its own tracks: nothing is forwarded meanwhile. */
export async function handleMute(
  { room, participant }: RequestContext,
  { sid, muted }: MuteTrackRequest,
): Promise<void> {
  const track = participant.tracks.get(sid);
  if (!track || track.isMuted === muted) return;
  track.isMuted = muted;
  await (muted ? track.producer?.pause() : track.producer?.resume());
  room.announce(participant, { includeSelf: true });
}
