import type { Core } from "../Core.ts";
import { textAt } from "../json.ts";

export interface DeviceListChanges {
  readonly changed: string[];
  readonly left: string[];
}

/**
 * Whose keys a user must ask for again, and whose it need not follow any longer.
 *
 * @see Client-Server API, "Tracking the device list for a user"
 */
export function deviceListChanges(core: Core, userId: string, sincePos: number): DeviceListChanges {
  const changed = new Set<string>();
  const left = new Set<string>();
  const updated = core.keys.changedSince(sincePos);
  const moved = core.members.roomsOf(userId).filter((room) => room.lastPos > sincePos);
  const newcomers = moved.flatMap((room) => movedUsers(core, room, { userId, sincePos }));
  if (updated.length === 0 && newcomers.length === 0) return { changed: [], left: [] };
  const isSharing = core.members.sharing(userId);
  for (const other of updated) if (isSharing(other)) changed.add(other);
  for (const other of newcomers) {
    if (isSharing(other)) changed.add(other);
    else left.add(other);
  }
  return { changed: [...changed], left: [...left] };
}

interface Asker {
  readonly userId: string;
  readonly sincePos: number;
}

/** Users who came into, or went out of, a common room. */
function movedUsers(core: Core, room: { roomId: string; pos: number }, { userId, sincePos }: Asker): string[] {
  const wasJoined = membershipAt(core, room.roomId, userId, sincePos) === "join";
  const isJoined = core.members.membership(room.roomId, userId) === "join";
  if (!wasJoined && !isJoined) return [];
  if (wasJoined !== isJoined) {
    const others = core.members.users(room.roomId, "join");
    return others.filter((other) => other !== userId);
  }
  const users = core.members.changedSince(room.roomId, sincePos).filter((other) => other !== userId);
  return users.filter((other) => {
    const before = membershipAt(core, room.roomId, other, sincePos) === "join";
    return before !== (core.members.membership(room.roomId, other) === "join");
  });
}

export function membershipAt(core: Core, roomId: string, userId: string, pos: number): string | undefined {
  const event = core.events.stateAt(roomId, "m.room.member", userId, pos);
  return event && textAt(event.content, "membership");
}
