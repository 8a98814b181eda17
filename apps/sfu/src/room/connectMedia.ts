import {
  SessionDescription,
  StreamState,
  StreamStateInfo,
  StreamStateUpdate,
  SubscriptionError,
  SubscriptionResponse,
  DisconnectReason,
  LeaveRequest_Action,
} from "@livekit/protocol";

import { DataDownlink } from "../data/DataDownlink.ts";
import { DataUplink } from "../data/DataUplink.ts";
import type { MediaKind } from "../media/MediaPlane.ts";
import { type ClaimedTrack, PublisherPeer } from "../negotiation/PublisherPeer.ts";
import { SubscriberPeer } from "../negotiation/SubscriberPeer.ts";
import type { Participant, ParticipantMedia } from "./Participant.ts";
import type { Room } from "./Room.ts";

/** How long both connections may be without a path before the participant is given up. */
const TRANSPORT_LOSS_MS = 20_000;

/**
 * Makes the two connections of a participant and ties their events to the room.
 *
 * @throws {SfuError} `media_failed`
 */
export async function connectMedia(room: Room, participant: Participant): Promise<ParticipantMedia> {
  const { clock } = room.deps;
  const { scope } = participant;
  const [up, down] = await Promise.all([room.media.createPublisherTransport(), room.media.createSubscriberTransport()]);
  const sessionId = Math.floor(participant.joinedAtMs);
  const publisher = new PublisherPeer({
    transport: up,
    capabilities: room.media.capabilities,
    sessionId,
    claim: (cid, kind) => claimTrack(room, participant, cid, kind),
  });
  const subscriber = new SubscriberPeer({
    transport: down,
    clock,
    sessionId,
    sendOffer: ({ id, sdp, midToTrackId }) =>
      participant.send({ case: "offer", value: new SessionDescription({ type: "offer", id, sdp, midToTrackId }) }),
    subscriptionFailed: (trackSid) => {
      const value = new SubscriptionResponse({ trackSid, err: SubscriptionError.SE_TRACK_NOTFOUND });
      participant.send({ case: "subscriptionResponse", value });
    },
    sectionReuse: participant.client.sectionReuse,
    subscribed: (trackSid) => room.noteSubscribed(trackSid),
    starved: ({ participantSid, trackSid }, isStarved) => {
      const state = isStarved ? StreamState.PAUSED : StreamState.ACTIVE;
      const value = new StreamStateUpdate({ streamStates: [new StreamStateInfo({ participantSid, trackSid, state })] });
      participant.send({ case: "streamStateUpdate", value });
    },
    failed: (error) => room.fail(participant, error),
  });
  new DataUplink(up, scope).received.on(scope, (message) => room.forwardData(participant, message));
  const overflowed = (): void => lost(room, participant);
  const downlink = new DataDownlink({ transport: down, clock, scope, overflowed });
  // The connection that `connected` depends on at the client.
  const primary = participant.grant.canSubscribe ? down : up;
  primary.stateChanged.on(scope, (state) => {
    if (state === "connected") room.activate(participant);
  });
  for (const transport of [up, down]) {
    transport.stateChanged.on(scope, (state) => {
      if (state !== "disconnected" && state !== "failed") return;
      const cancel = clock.after(TRANSPORT_LOSS_MS, () => {
        if (transport.state !== "connected") lost(room, participant);
      });
      scope.onEnd(cancel);
    });
  }
  const receivedBytes = async (): Promise<number> => (await up.receivedBytes()) + (await down.receivedBytes());
  return { publisher, subscriber, downlink, receivedBytes };
}

function lost(room: Room, participant: Participant): void {
  room.remove(participant, DisconnectReason.CONNECTION_TIMEOUT, LeaveRequest_Action.RECONNECT);
}

function claimTrack(room: Room, participant: Participant, cid: string, kind: MediaKind): ClaimedTrack | undefined {
  const ofKind = [...participant.tracks.values()].filter((track) => track.kind === kind);
  const exact = ofKind.findLast(({ request }) => request.cid === cid);
  // Some SDKs announce another client id than their offer carries: then the oldest unpublished one is meant.
  const track = exact ?? ofKind.find(({ isPublished }) => !isPublished);
  if (!track) return undefined;
  const onPacket = room.tapFor(participant, track);
  return { sid: track.sid, wanted: track.wanted, ...(onPacket ? { onPacket } : {}) };
}
