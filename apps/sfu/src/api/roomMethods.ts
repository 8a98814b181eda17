import type { AccessGrant } from "@conclave/livekit-wire";
import {
  CreateRoomRequest,
  DeleteRoomRequest,
  DeleteRoomResponse,
  ListRoomsRequest,
  ListRoomsResponse,
  UpdateRoomMetadataRequest,
} from "@livekit/protocol";

import { SfuError } from "../errors.ts";
import { roomInfo } from "../room/announce.ts";
import type { RoomRequest } from "../room/RoomRegistry.ts";
import { type ApiDeps, requireAtMost, requireRoom } from "./ApiDeps.ts";
import { type ApiMethod, apiMethod } from "./apiMethod.ts";

const MS_PER_SECOND = 1000;

/** What LiveKit's RoomService does with whole rooms. */
export function roomMethods(deps: ApiDeps): Readonly<Record<string, ApiMethod>> {
  const { rooms, limits } = deps;
  return {
    CreateRoom: apiMethod({
      request: CreateRoomRequest,
      isAllowed: mayCreate,
      run: async (query) => {
        if (query.name === "") throw new SfuError("argument_invalid", "no room name");
        if (query.egress) throw new SfuError("api_method_unsupported", "egress is not offered here");
        requireAtMost(limits.roomNameLength, query.name.length, "room name length");
        requireAtMost(limits.metadataBytes, Buffer.byteLength(query.metadata), "metadata size");
        return roomInfo(await rooms.create(query.name, roomRequest(query)));
      },
    }),
    ListRooms: apiMethod({
      request: ListRoomsRequest,
      isAllowed: ({ canListRooms }) => canListRooms,
      run: ({ names }) => {
        const wanted = new Set(names);
        const found = rooms.rooms.filter(({ name }) => wanted.size === 0 || wanted.has(name));
        return new ListRoomsResponse({ rooms: found.map(roomInfo) });
      },
    }),
    DeleteRoom: apiMethod({
      request: DeleteRoomRequest,
      isAllowed: mayCreate,
      run: async ({ room }) => {
        rooms.delete(await requireRoom(deps, room));
        return new DeleteRoomResponse();
      },
    }),
    UpdateRoomMetadata: apiMethod({
      request: UpdateRoomMetadataRequest,
      isAllowed: (grant, { room }) => grant.isRoomAdmin && grant.room === room,
      run: async ({ room: name, metadata }) => {
        requireAtMost(limits.metadataBytes, Buffer.byteLength(metadata), "metadata size");
        const room = await requireRoom(deps, name);
        room.metadata = metadata;
        room.announceRoom();
        return roomInfo(room);
      },
    }),
  };
}

function mayCreate({ canCreateRooms }: AccessGrant): boolean {
  return canCreateRooms;
}

/** What is 0 or empty is not asked for. */
function roomRequest(query: CreateRoomRequest): RoomRequest {
  const { emptyTimeout, departureTimeout, maxParticipants, metadata } = query;
  return {
    ...(emptyTimeout > 0 ? { emptyTimeoutMs: emptyTimeout * MS_PER_SECOND } : {}),
    ...(departureTimeout > 0 ? { departureTimeoutMs: departureTimeout * MS_PER_SECOND } : {}),
    ...(maxParticipants > 0 ? { maxParticipants } : {}),
    ...(metadata === "" ? {} : { metadata }),
  };
}
