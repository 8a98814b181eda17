import type { Core } from "../Core.ts";
import { textAt } from "../json.ts";
import type { Membership, RoomEvent } from "./model.ts";

type Sees = (event: RoomEvent) => boolean;

const NOTHING: Sees = () => false;
const EVERYTHING: Sees = () => true;

/**
 * Which events of a room a user may read.
 *
 * @see Client-Server API, "Room history visibility"
 */
export function readerOf(core: Core, roomId: string, userId: string): Sees {
  const settings = core.events.stateHistory(roomId, "m.room.history_visibility", "");
  const memberships = core.events.stateHistory(roomId, "m.room.member", userId);
  const membership = core.members.membership(roomId, userId);
  const values = settings.map(visibilityOf);
  if (membership === undefined && !values.includes("world_readable")) return NOTHING;
  // The common case needs no look at single events: a member of a room whose history was always shared.
  if (membership === "join" && values.every((value) => value === "shared" || value === "world_readable"))
    return EVERYTHING;
  const joins = memberships.filter((event) => membershipIn(event) === "join").map((event) => event.pos);
  const lastJoinEnd = membership === "join" ? Number.POSITIVE_INFINITY : endOfLastJoin(memberships);
  return (event) => {
    const visibility = valueAt(settings, event.pos, visibilityOf) ?? "shared";
    if (visibility === "world_readable") return true;
    const then = valueAt(memberships, event.pos, membershipIn);
    if (then === "join" || isOwnMembership(event, userId)) return true;
    if (visibility === "shared") return joins.length > 0 && event.pos <= lastJoinEnd;
    return visibility === "invited" && then === "invite" && joins.some((pos) => pos > event.pos);
  };
}

function visibilityOf(event: RoomEvent): string {
  return textAt(event.content, "history_visibility") ?? "shared";
}

function membershipIn(event: RoomEvent): Membership | undefined {
  return textAt(event.content, "membership") as Membership | undefined;
}

function isOwnMembership(event: RoomEvent, userId: string): boolean {
  return event.type === "m.room.member" && event.stateKey === userId;
}

function valueAt<T>(history: readonly RoomEvent[], pos: number, read: (event: RoomEvent) => T): T | undefined {
  const event = history.findLast((candidate) => candidate.pos <= pos);
  return event && read(event);
}

/** Up to where somebody who is no longer in the room was in it. */
function endOfLastJoin(memberships: readonly RoomEvent[]): number {
  const lastJoin = memberships.findLastIndex((event) => membershipIn(event) === "join");
  return memberships[lastJoin + 1]?.pos ?? -1;
}
