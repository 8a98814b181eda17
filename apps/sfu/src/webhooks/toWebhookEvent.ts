import { type Room as RoomInfo, WebhookEvent } from "@livekit/protocol";

import { participantInfo, roomInfo, trackInfo } from "../room/announce.ts";
import type { RoomHappening } from "../room/RoomHappening.ts";

const MS_PER_SECOND = 1000;

/**
 * What LiveKit's server would tell about a happening; undefined for what it keeps to itself.
 *
 * @see LiveKit protocol, livekit_webhook.proto; webhook/ (names of events)
 */
export function toWebhookEvent(fact: RoomHappening, id: string, nowMs: number): WebhookEvent | undefined {
  const event = nameOf(fact);
  if (event === undefined) return undefined;
  const room: RoomInfo = roomInfo(fact.room);
  const participant = "participant" in fact ? { participant: participantInfo(fact.participant) } : {};
  const track = "track" in fact ? { track: trackInfo(fact.track) } : {};
  const createdAt = BigInt(Math.floor(nowMs / MS_PER_SECOND));
  return new WebhookEvent({ event, id, createdAt, room, ...participant, ...track });
}

const NAMES: Readonly<Record<RoomHappening["name"], string | undefined>> = {
  roomStarted: "room_started",
  roomFinished: "room_finished",
  // Who has no connection yet may be an attempt only.
  participantJoined: undefined,
  participantActive: "participant_joined",
  participantLeft: "participant_left",
  trackPublished: "track_published",
  trackUnpublished: "track_unpublished",
};

function nameOf(fact: RoomHappening): string | undefined {
  const isAborted = fact.name === "participantLeft" && !fact.participant.wasActive;
  return isAborted ? "participant_connection_aborted" : NAMES[fact.name];
}
