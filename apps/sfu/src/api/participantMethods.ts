import type { AccessGrant } from "@conclave/livekit-wire";
import {
  DisconnectReason,
  ListParticipantsRequest,
  ListParticipantsResponse,
  MuteRoomTrackRequest,
  MuteRoomTrackResponse,
  RemoveParticipantResponse,
  RoomParticipantIdentity,
  SendDataRequest,
  SendDataResponse,
  UpdateParticipantRequest,
  UpdateSubscriptionsRequest,
  UpdateSubscriptionsResponse,
} from "@livekit/protocol";

import { MAX_DATA_PACKET_BYTES } from "../data/stampPacket.ts";
import { SfuError } from "../errors.ts";
import { participantInfo, trackInfo } from "../room/announce.ts";
import { changeParticipant, muteTrack, sendServerData, wishTracks } from "../room/serverActions.ts";
import { type ApiDeps, requireAtMost, requireParticipant, requireRoom } from "./ApiDeps.ts";
import { type ApiMethod, apiMethod } from "./apiMethod.ts";
import { grantWith } from "./grantWith.ts";

const NONCE_BYTES = 16;

/** What LiveKit's RoomService does with the people of one room, whose administrator the caller has to be. */
export function participantMethods(deps: ApiDeps): Readonly<Record<string, ApiMethod>> {
  return {
    ListParticipants: apiMethod({
      request: ListParticipantsRequest,
      isAllowed: isAdmin,
      run: async ({ room: name }) => {
        const room = await deps.rooms.find(name);
        return new ListParticipantsResponse({ participants: (room?.participants ?? []).map(participantInfo) });
      },
    }),
    GetParticipant: apiMethod({
      request: RoomParticipantIdentity,
      isAllowed: isAdmin,
      run: async (query) => participantInfo((await requireParticipant(deps, query)).participant),
    }),
    RemoveParticipant: apiMethod({
      request: RoomParticipantIdentity,
      isAllowed: isAdmin,
      run: async (query) => {
        const { room, participant } = await requireParticipant(deps, query);
        room.remove(participant, DisconnectReason.PARTICIPANT_REMOVED);
        return new RemoveParticipantResponse();
      },
    }),
    UpdateParticipant: apiMethod({
      request: UpdateParticipantRequest,
      isAllowed: isAdmin,
      run: (query) => updateParticipant(deps, query),
    }),
    MutePublishedTrack: apiMethod({
      request: MuteRoomTrackRequest,
      isAllowed: isAdmin,
      run: async (query) => {
        const { room, participant } = await requireParticipant(deps, query);
        const { trackSid, muted } = query;
        if (!muted && !deps.allowsRemoteUnmute) throw new SfuError("unmute_forbidden", "remote unmute not enabled");
        const track = participant.tracks.get(trackSid);
        if (!track) throw new SfuError("track_not_found", "track is not found");
        await muteTrack(room, participant, track, muted);
        return new MuteRoomTrackResponse({ track: trackInfo(track) });
      },
    }),
    UpdateSubscriptions: apiMethod({
      request: UpdateSubscriptionsRequest,
      isAllowed: isAdmin,
      run: async (query) => {
        const { room, participant } = await requireParticipant(deps, query);
        const sids = [...query.trackSids, ...query.participantTracks.flatMap(({ trackSids }) => trackSids)];
        wishTracks(room, participant, sids, query.subscribe);
        return new UpdateSubscriptionsResponse();
      },
    }),
    SendData: apiMethod({ request: SendDataRequest, isAllowed: isAdmin, run: (query) => sendData(deps, query) }),
  };
}

/** An administrator's token is for one room. */
export function isAdmin(grant: AccessGrant, { room }: { readonly room: string }): boolean {
  return grant.isRoomAdmin && room !== "" && grant.room === room;
}

async function updateParticipant(deps: ApiDeps, query: UpdateParticipantRequest) {
  const { limits } = deps;
  const { name, metadata, attributes, permission } = query;
  requireAtMost(limits.nameLength, name.length, "name length");
  requireAtMost(limits.metadataBytes, Buffer.byteLength(metadata), "metadata size");
  const { room, participant } = await requireParticipant(deps, query);
  const merged = Object.entries({ ...Object.fromEntries(participant.attributes), ...attributes });
  const attributesBytes = merged.reduce((sum, pair) => sum + Buffer.byteLength(pair.join("")), 0);
  requireAtMost(limits.attributesBytes, attributesBytes, "attribute size");
  changeParticipant(room, participant, {
    attributes,
    ...(name === "" ? {} : { name }),
    ...(metadata === "" ? {} : { metadata }),
    ...(permission ? { grant: grantWith(participant.grant, permission) } : {}),
  });
  return participantInfo(participant);
}

async function sendData(deps: ApiDeps, query: SendDataRequest): Promise<SendDataResponse> {
  const { data, nonce, topic, kind } = query;
  if (nonce.length !== 0 && nonce.length !== NONCE_BYTES) {
    throw new SfuError("argument_invalid", `nonce should be ${NONCE_BYTES} bytes or not present`);
  }
  requireAtMost(MAX_DATA_PACKET_BYTES, data.byteLength, "data size");
  const room = await requireRoom(deps, query.room);
  const { destinationIdentities: toIdentities, destinationSids: toSids } = query;
  sendServerData(room, { kind, payload: data, topic, nonce, toIdentities, toSids });
  return new SendDataResponse();
}
