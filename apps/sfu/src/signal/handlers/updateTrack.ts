import type { UpdateLocalAudioTrack, UpdateLocalVideoTrack } from "@livekit/protocol";

import type { RequestContext } from "./context.ts";

/** Most features of one audio track. */
const MAX_FEATURES = 16;

/** The client describes its audio track anew. */
export function handleUpdateAudioTrack(
  { room, participant }: RequestContext,
  { trackSid, features }: UpdateLocalAudioTrack,
): void {
  const track = participant.tracks.get(trackSid);
  if (!track) return;
  track.audioFeatures = features.slice(0, MAX_FEATURES);
  room.announce(participant);
}

/** The client's video has another size now. */
export function handleUpdateVideoTrack(
  { room, participant }: RequestContext,
  { trackSid, width, height }: UpdateLocalVideoTrack,
): void {
  const track = participant.tracks.get(trackSid);
  if (!track) return;
  Object.assign(track, { widthPx: width, heightPx: height });
  room.announce(participant);
}
