import {
  DisconnectReason,
  ParticipantInfo,
  ParticipantInfo_Kind,
  ParticipantInfo_State,
  ParticipantPermission,
  Room as RoomInfo,
  SimulcastCodecInfo,
  TrackInfo,
  TrackSource,
  VideoLayer_Mode,
} from "@livekit/protocol";
import type { AccessGrant, GrantSource } from "@conclave/livekit-wire";

import type { Participant, ParticipantState } from "./Participant.ts";
import type { Room } from "./Room.ts";
import type { Track } from "./Track.ts";

const MS_PER_SECOND = 1000;

const STATES: Readonly<Record<ParticipantState, ParticipantInfo_State>> = {
  joined: ParticipantInfo_State.JOINED,
  active: ParticipantInfo_State.ACTIVE,
  disconnected: ParticipantInfo_State.DISCONNECTED,
};

const SOURCES: Readonly<Record<GrantSource, TrackSource>> = {
  camera: TrackSource.CAMERA,
  microphone: TrackSource.MICROPHONE,
  screen_share: TrackSource.SCREEN_SHARE,
  screen_share_audio: TrackSource.SCREEN_SHARE_AUDIO,
};

/** By the names that tokens use; what is unknown counts as standard. */
const KINDS: Readonly<Record<string, ParticipantInfo_Kind>> = {
  standard: ParticipantInfo_Kind.STANDARD,
  ingress: ParticipantInfo_Kind.INGRESS,
  egress: ParticipantInfo_Kind.EGRESS,
  sip: ParticipantInfo_Kind.SIP,
  agent: ParticipantInfo_Kind.AGENT,
};

/** What others are told about a participant. Counts its version up: clients drop what is older than they have. */
export function participantInfo(participant: Participant): ParticipantInfo {
  const published = [...participant.tracks.values()].filter(({ isPublished }) => isPublished);
  const joinedAtSeconds = Math.floor(participant.joinedAtMs / MS_PER_SECOND);
  return new ParticipantInfo({
    sid: participant.sid,
    identity: participant.identity,
    name: participant.name,
    metadata: participant.metadata,
    attributes: Object.fromEntries(participant.attributes),
    state: STATES[participant.state],
    joinedAt: BigInt(joinedAtSeconds),
    joinedAtMs: BigInt(Math.floor(participant.joinedAtMs)),
    version: participant.nextVersion(),
    isPublisher: published.length > 0,
    tracks: published.map(trackInfo),
    kind: KINDS[participant.grant.kind] ?? ParticipantInfo_Kind.STANDARD,
    permission: permissionOf(participant.grant),
    clientProtocol: participant.client.clientProtocol,
    capabilities: [...participant.client.capabilities],
    disconnectReason: participant.disconnectReason ?? DisconnectReason.UNKNOWN_REASON,
  });
}

/** What is told about a track. The encryption type passes through as the publisher stated it. */
export function trackInfo(track: Track): TrackInfo {
  const { request, mimeType, mid, sid } = track;
  const isSvc = mimeType.toLowerCase() === "video/vp9" && request.layers.length > 1;
  const videoLayerMode = isSvc
    ? VideoLayer_Mode.MULTIPLE_SPATIAL_LAYERS_PER_STREAM
    : VideoLayer_Mode.ONE_SPATIAL_LAYER_PER_STREAM;
  const codec = new SimulcastCodecInfo({
    mimeType,
    mid,
    cid: request.cid,
    layers: request.layers,
    videoLayerMode: track.kind === "video" ? videoLayerMode : VideoLayer_Mode.MODE_UNUSED,
  });
  return new TrackInfo({
    sid,
    mid,
    mimeType,
    type: request.type,
    name: request.name,
    source: request.source,
    muted: track.isMuted,
    width: track.widthPx,
    height: track.heightPx,
    simulcast: request.layers.length > 1,
    layers: request.layers,
    codecs: [codec],
    stereo: request.stereo,
    // The media plane forwards no RED.
    disableRed: true,
    disableDtx: request.disableDtx,
    encryption: request.encryption,
    stream: request.stream,
    backupCodecPolicy: request.backupCodecPolicy,
    audioFeatures: [...track.audioFeatures],
  });
}

/** What is told about a room. */
export function roomInfo(room: Room): RoomInfo {
  const publishers = room.participants.filter(({ tracks }) => tracks.size > 0);
  return new RoomInfo({
    sid: room.sid,
    name: room.name,
    creationTime: BigInt(Math.floor(room.createdAtMs / MS_PER_SECOND)),
    creationTimeMs: BigInt(Math.floor(room.createdAtMs)),
    numParticipants: room.participants.length,
    numPublishers: publishers.length,
    metadata: room.metadata,
    emptyTimeout: Math.floor(room.settings.emptyTimeoutMs / MS_PER_SECOND),
    departureTimeout: Math.floor(room.settings.departureTimeoutMs / MS_PER_SECOND),
    maxParticipants: room.settings.maxParticipants,
  });
}

function permissionOf(grant: AccessGrant): ParticipantPermission {
  return new ParticipantPermission({
    canSubscribe: grant.canSubscribe,
    canPublish: grant.canPublish,
    canPublishData: grant.canPublishData,
    canPublishSources: (grant.publishSources ?? []).map((source) => SOURCES[source]),
    hidden: grant.isHidden,
    canUpdateMetadata: grant.canUpdateOwnMetadata,
  });
}
