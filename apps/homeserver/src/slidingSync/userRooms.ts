import type { Core } from "../Core.ts";
import { isObject } from "../json.ts";
import type { RoomMembership } from "../store/MemberStore.ts";
import type { ConnectionState } from "./SlidingConnections.ts";

/** A room as somebody's list has it. */
export interface UserRoom extends RoomMembership {
  /** Position of the last event that the user may know of: lists are ordered by it. */
  readonly activityPos: number;
}

type Row = RoomMembership & { readonly eventPos: number };

const ROOM = `SELECT m.room_id AS roomId, m.membership AS membership, m.pos AS pos, r.last_pos AS lastPos,
    (SELECT MAX(e.pos) FROM events e WHERE e.room_id = m.room_id) AS eventPos
  FROM members m JOIN rooms r ON r.room_id = m.room_id`;

/**
 * The rooms that a user may be told of, most recent activity first. Rooms that the user left are among them only if the
 * connection has not heard of it; those that somebody threw the user out of, always.
 *
 * @see MSC4186, "Lists" and "Activity ordering"
 */
export function userRooms(core: Core, userId: string, state: ConnectionState): UserRoom[] {
  return core.db
    .all<Row>(`${ROOM} WHERE m.user_id = ? AND m.is_forgotten = 0`, userId)
    .filter((room) => isTold(core, userId, room, state))
    .map(withActivity)
    .toSorted((a, b) => b.activityPos - a.activityPos);
}

/** One of them, for those who know which they want: most clients in a call. */
export function userRoom(core: Core, userId: string, roomId: string, state: ConnectionState): UserRoom | undefined {
  const row = core.db.get<Row>(`${ROOM} WHERE m.user_id = ? AND m.room_id = ? AND m.is_forgotten = 0`, userId, roomId);
  return row && isTold(core, userId, row, state) ? withActivity(row) : undefined;
}

function withActivity({ eventPos, ...room }: Row): UserRoom {
  return { ...room, activityPos: room.membership === "join" ? eventPos : room.pos };
}

function isTold(core: Core, userId: string, room: RoomMembership, state: ConnectionState): boolean {
  if (room.membership !== "leave") return true;
  const known = state.rooms.get(room.roomId);
  if (known) return known.sentUpTo < room.pos;
  return core.events.byPos(room.pos)?.sender !== userId;
}

/** Ids of the rooms that the user calls direct chats. */
export function directRooms(core: Core, userId: string): ReadonlySet<string> {
  const byUser = core.accountData.get(userId, "", "m.direct") ?? {};
  return new Set(
    Object.values(byUser)
      .flatMap((roomIds): unknown[] => (Array.isArray(roomIds) ? (roomIds as unknown[]) : []))
      .filter((roomId): roomId is string => typeof roomId === "string"),
  );
}

/** Names of the tags that the user gave a room. */
export function tagsOf(core: Core, userId: string, roomId: string): readonly string[] {
  const tags = core.accountData.get(userId, roomId, "m.tag")?.["tags"];
  return isObject(tags) ? Object.keys(tags) : [];
}
