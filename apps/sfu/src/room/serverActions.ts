import { DataPacket, type DataPacket_Kind, DataPacket_Kind as Kind, MuteTrackRequest } from "@livekit/protocol";

import { mayPublish } from "./permissions.ts";
import type { Participant, ParticipantChange } from "./Participant.ts";
import type { Room } from "./Room.ts";
import type { Track } from "./Track.ts";

/** Mutes or opens a track on the server's side; its publisher is told, and follows. */
export async function muteTrack(room: Room, participant: Participant, track: Track, isMuted: boolean): Promise<void> {
  if (track.isMuted === isMuted) return;
  track.isMuted = isMuted;
  participant.send({ case: "mute", value: new MuteTrackRequest({ sid: track.sid, muted: isMuted }) });
  await (isMuted ? track.producer?.pause() : track.producer?.resume());
  room.announce(participant, { includeSelf: true });
}

/** Changes what a participant is called or may do. What it may not publish or receive any more ends at once. */
export function changeParticipant(room: Room, participant: Participant, change: ParticipantChange): void {
  participant.change(change);
  const { grant } = participant;
  for (const track of participant.tracks.values()) {
    if (!mayPublish(grant, track.request.source)) room.unpublish(participant, track.sid);
  }
  room.reconcileAll(participant);
  room.announce(participant, { includeSelf: true });
}

/** Lets a participant receive tracks, or takes them from it, as if it had asked for that itself. */
export function wishTracks(
  room: Room,
  participant: Participant,
  trackSids: readonly string[],
  isWanted: boolean,
): void {
  for (const trackSid of trackSids) {
    if (!room.findTrack(trackSid)) continue;
    participant.wish(trackSid, { isWanted }, room.deps.limits.subscriptionsPerParticipant);
    room.reconcile(participant, trackSid);
  }
}

/** A data message of the server's own: it has no sender. */
export interface ServerData {
  readonly kind: DataPacket_Kind;
  readonly payload: Uint8Array;
  readonly topic: string | undefined;
  readonly nonce: Uint8Array;
  /** Both empty: everybody. */
  readonly toIdentities: readonly string[];
  readonly toSids: readonly string[];
}

export function sendServerData(room: Room, message: ServerData): void {
  const { kind, payload, topic, nonce, toIdentities, toSids } = message;
  const destinations = { destinationIdentities: [...toIdentities], destinationSids: [...toSids] };
  const user = { payload, nonce, ...destinations, ...(topic === undefined ? {} : { topic }) };
  const packet = new DataPacket({
    kind,
    destinationIdentities: [...toIdentities],
    value: { case: "user", value: user },
  }).toBinary();
  const isForAll = toIdentities.length + toSids.length === 0;
  for (const each of room.participants) {
    const isMeant = isForAll || toIdentities.includes(each.identity) || toSids.includes(each.sid);
    if (isMeant && each.grant.canSubscribe) {
      each.media?.downlink.send(kind === Kind.LOSSY ? "lossy" : "reliable", packet);
    }
  }
}
