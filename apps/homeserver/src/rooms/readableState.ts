import type { Core } from "../Core.ts";
import { forbidden } from "../errors.ts";
import { roomVersion } from "./appendEvent.ts";

/**
 * Up to which stream position a user may know a room's state: now for members and open rooms, the moment of leaving
 * for somebody who was in it.
 *
 * @throws {MatrixError} `M_FORBIDDEN` for everybody else, also where there is no such room
 */
export function readableStatePos(core: Core, roomId: string, userId: string): number {
  const refused = forbidden("You are not in the room");
  if (!roomVersion(core, roomId)) throw refused;
  const history = core.events.state(roomId, "m.room.history_visibility", "")?.content["history_visibility"];
  if (core.members.membership(roomId, userId) === "join" || history === "world_readable") return core.db.position;
  const memberships = core.events.stateHistory(roomId, "m.room.member", userId);
  const lastJoin = memberships.findLastIndex((event) => event.content["membership"] === "join");
  const end = memberships[lastJoin + 1];
  if (lastJoin === -1 || !end) throw refused;
  return end.pos;
}

/** @throws {MatrixError} `M_FORBIDDEN` unless the user is in the room now */
export function requireJoined(core: Core, roomId: string, userId: string): void {
  if (core.members.membership(roomId, userId) !== "join") throw forbidden("You are not in the room");
}
