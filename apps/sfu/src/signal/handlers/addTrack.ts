import {
  type AddTrackRequest,
  RequestResponse,
  RequestResponse_Reason,
  TrackPublishedResponse,
  TrackSource,
  TrackType,
} from "@livekit/protocol";

import { trackInfo } from "../../room/announce.ts";
import { mayPublish } from "../../room/permissions.ts";
import { newSid } from "../../room/sid.ts";
import { Track } from "../../room/Track.ts";
import type { RequestContext } from "./context.ts";

/** Longest text field of a track. */
const MAX_TEXT_CHARACTERS = 256;
/** Most simulcast layers that are announced; the known clients have three. */
const MAX_LAYERS = 4;

const SOURCE_LETTERS: Readonly<Record<TrackSource, string>> = {
  [TrackSource.UNKNOWN]: "U",
  [TrackSource.CAMERA]: "C",
  [TrackSource.MICROPHONE]: "M",
  [TrackSource.SCREEN_SHARE]: "S",
  [TrackSource.SCREEN_SHARE_AUDIO]: "s",
};

/** A track is announced; it is confirmed at once, before any media, because clients wait for that. */
export function handleAddTrack({ room, participant }: RequestContext, request: AddTrackRequest): void {
  const existing = [...participant.tracks.values()].find((track) => track.request.cid === request.cid);
  const reason = existing ? undefined : refusal({ room, participant }, request);
  if (reason !== undefined) {
    const value = new RequestResponse({ reason, request: { case: "addTrack", value: request } });
    return participant.send({ case: "requestResponse", value });
  }
  const track = existing ?? new Track(newTrackSid(request, room.deps.randomBytes), request);
  participant.tracks.set(track.sid, track);
  const value = new TrackPublishedResponse({ cid: request.cid, track: trackInfo(track) });
  participant.send({ case: "trackPublished", value });
}

function refusal(
  { room, participant: { grant, tracks } }: Pick<RequestContext, "room" | "participant">,
  request: AddTrackRequest,
): RequestResponse_Reason | undefined {
  if (!mayPublish(grant, request.source)) return RequestResponse_Reason.NOT_ALLOWED;
  // A second codec of a track (backup codec) is never needed: VP8 is always accepted.
  if (request.sid !== "" || request.type === TrackType.DATA) return RequestResponse_Reason.UNSUPPORTED_TYPE;
  const texts = [request.cid, request.name, request.stream];
  const isTooLong = texts.some((text) => text.length > MAX_TEXT_CHARACTERS) || request.layers.length > MAX_LAYERS;
  if (isTooLong || tracks.size >= room.deps.limits.tracksPerParticipant) return RequestResponse_Reason.LIMIT_EXCEEDED;
  return undefined;
}

function newTrackSid({ type, source }: AddTrackRequest, randomBytes: (lengthBytes: number) => Uint8Array): string {
  return newSid(`TR_${type === TrackType.VIDEO ? "V" : "A"}${SOURCE_LETTERS[source] ?? "U"}`, randomBytes);
}
