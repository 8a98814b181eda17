import type { RemoteParticipant, Room, TrackPublication } from "@livekit/rtc-node";
import type { SfuParticipant, SfuPublication } from "@conclave/call";

import type { ReceivedTracks } from "./ReceivedTracks.ts";
import { tryFromLibrarySource } from "./sources.ts";

/** What the SFU says at this moment about everybody else. */
export function readParticipants(
  room: Room,
  received: ReceivedTracks,
  speakers: ReadonlySet<string>,
): readonly SfuParticipant[] {
  return Array.from(room.remoteParticipants.values(), ({ identity, trackPublications }: RemoteParticipant) => ({
    identity,
    publications: [...trackPublications.values()].flatMap((publication) => readPublication(publication, received)),
    isSpeaking: speakers.has(identity),
    audioLevel: speakers.has(identity) ? 1 : 0,
    quality: "unknown" as const,
  }));
}

function readPublication(publication: TrackPublication, received: ReceivedTracks): SfuPublication[] {
  const source = tryFromLibrarySource(publication.source);
  const { height, muted, sid, width } = publication;
  if (!source || sid === undefined) return [];
  const size = width && height ? { size: { width, height } } : {};
  return [{ sid, source, isMuted: muted ?? false, track: received.mediaStreamTrack(sid), ...size }];
}
