import type { Core } from "../Core.ts";
import type { ClientEvent } from "../rooms/clientEvent.ts";

const MAX_HEROES = 5;

/** The first others of a room, joined before invited. */
export function roomHeroes(core: Core, roomId: string, userId: string): string[] {
  const others = [...core.members.users(roomId, "join"), ...core.members.users(roomId, "invite")];
  return others.filter((other) => other !== userId).slice(0, MAX_HEROES);
}

/** Numbers of members, and the first others: what clients make a name of when the room has none. */
export function roomSummary(core: Core, roomId: string, userId: string): ClientEvent {
  return {
    "m.heroes": roomHeroes(core, roomId, userId),
    "m.joined_member_count": core.members.count(roomId, "join"),
    "m.invited_member_count": core.members.count(roomId, "invite"),
  };
}
