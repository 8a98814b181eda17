import { MatrixRtcError, type RoomId } from "@conclave/matrix-rtc";

import { type HomeserverClient, matrixPath } from "./HomeserverClient.ts";
import { HomeserverRefusal } from "./httpError.ts";
import { arrayAt, stringAt } from "./json.ts";
import { EVENT_TYPES } from "./syncFilter.ts";

const JOIN_TIMEOUT_MS = 30_000;
const ADMIN = 100;
const MODERATOR = 50;
const ANYBODY = 0;

/**
 * Levels of a call room: everybody who is in it may be in the call, only its maker may change the room. A server
 * takes `events` as a whole, so the usual entries are repeated.
 */
const EVENT_LEVELS: Readonly<Record<string, number>> = {
  "m.room.name": MODERATOR,
  "m.room.avatar": MODERATOR,
  "m.room.topic": MODERATOR,
  "m.room.canonical_alias": MODERATOR,
  "m.room.power_levels": ADMIN,
  "m.room.history_visibility": ADMIN,
  "m.room.encryption": ADMIN,
  "m.room.server_acl": ADMIN,
  "m.room.tombstone": ADMIN,
  [EVENT_TYPES.callMember]: ANYBODY,
  [EVENT_TYPES.rtcMember]: ANYBODY,
};

export interface CallRoomToMake {
  readonly linkId: string;
  /** Of the homeserver; the alias ends with it. */
  readonly serverName: string;
  readonly name?: string;
}

/**
 * Makes an encrypted room that everybody who knows the link may join. Where no answer comes it is asked for once more;
 * a room of ours that has the alias by then is the one.
 *
 * @see Client-Server API, "POST /createRoom"
 */
export async function createCallRoom(client: HomeserverClient, room: CallRoomToMake): Promise<RoomId> {
  try {
    return await requestRoom(client, room);
  } catch (error) {
    if (!(error instanceof MatrixRtcError) || error.code !== "homeserver_unreachable") throw error;
  }
  try {
    return await requestRoom(client, room);
  } catch (error) {
    const isTaken = error instanceof HomeserverRefusal && error.refusal.errcode === "M_ROOM_IN_USE";
    const made = isTaken ? await ownRoomBehind(client, `#${room.linkId}:${room.serverName}`) : undefined;
    if (made === undefined) throw error;
    return made;
  }
}

async function requestRoom(client: HomeserverClient, { linkId, name }: CallRoomToMake): Promise<RoomId> {
  const body = await client.json({
    method: "POST",
    path: "/_matrix/client/v3/createRoom",
    timeoutMs: JOIN_TIMEOUT_MS,
    body: {
      // Not listed anywhere, but no invitation needed: the link is the way in.
      visibility: "private",
      preset: "public_chat",
      room_alias_name: linkId,
      ...(name === undefined ? {} : { name }),
      initial_state: [
        { type: EVENT_TYPES.encryption, state_key: "", content: { algorithm: "m.megolm.v1.aes-sha2" } },
        // Who joins later sees who is in the call (state), not what was said before.
        { type: "m.room.history_visibility", state_key: "", content: { history_visibility: "joined" } },
      ],
      power_level_content_override: { events: EVENT_LEVELS },
    },
  });
  return roomIdOf(body);
}

/** The room of an alias, if we are in it: who makes a room is. */
async function ownRoomBehind(client: HomeserverClient, alias: string): Promise<RoomId | undefined> {
  const path = matrixPath("/_matrix/client/v3/directory/room", alias);
  const roomId = roomIdOf(await client.json({ method: "GET", path, retries: 1 }));
  const joined = await client.json({ method: "GET", path: "/_matrix/client/v3/joined_rooms", retries: 1 });
  return arrayAt(joined, "joined_rooms").includes(roomId) ? roomId : undefined;
}

/** Joins by id or alias. @throws {MatrixRtcError} `not_found`, `forbidden` */
export async function joinRoom(client: HomeserverClient, roomIdOrAlias: string): Promise<RoomId> {
  const body = await client.json({
    method: "POST",
    path: matrixPath("/_matrix/client/v3/join", roomIdOrAlias),
    timeoutMs: JOIN_TIMEOUT_MS,
    body: {},
    // Joining twice is joining once.
    retries: 1,
  });
  return roomIdOf(body);
}

function roomIdOf(body: unknown): RoomId {
  const roomId = stringAt(body, "room_id");
  if (roomId === undefined) throw new MatrixRtcError("homeserver_refused", "The answer has no room_id");
  return roomId as RoomId;
}
