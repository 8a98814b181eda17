import type { RemoteParticipant, RemoteTrackPublication, Room } from "livekit-client";

import type { SfuParticipant, SfuPublication } from "../../sfu/ports.ts";
import type { GuardedTracks } from "./guardTracks.ts";
import { tryFromLivekitSource } from "./sources.ts";

/** What the SFU says at this moment about everybody else. */
export function readParticipants(room: Room, guarded: GuardedTracks): readonly SfuParticipant[] {
  return Array.from(room.remoteParticipants.values(), (participant) => ({
    identity: participant.identity,
    publications: readPublications(participant, guarded),
    isSpeaking: participant.isSpeaking,
    audioLevel: participant.audioLevel,
    quality: participant.connectionQuality,
  }));
}

function readPublications(participant: RemoteParticipant, guarded: GuardedTracks): readonly SfuPublication[] {
  return Array.from(participant.trackPublications.values(), (publication) =>
    readPublication(publication, guarded),
  ).filter((publication) => publication !== undefined);
}

function readPublication(publication: RemoteTrackPublication, guarded: GuardedTracks): SfuPublication | undefined {
  const source = tryFromLivekitSource(publication.source);
  if (!source) return undefined;
  const { dimensions, track } = publication;
  return {
    sid: publication.trackSid,
    source,
    isMuted: publication.isMuted,
    track: track && guarded.isGuarded(track) ? track.mediaStreamTrack : undefined,
    ...(dimensions && { size: { width: dimensions.width, height: dimensions.height } }),
  };
}
