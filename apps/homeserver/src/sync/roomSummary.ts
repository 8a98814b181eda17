import type { Core } from "../Core.ts";
import type { ClientEvent } from "../rooms/clientEvent.ts";

const MAX_HEROES = 5;

/** Numbers of members, and the first others: what clients make a name of when the room has none. */
export function roomSummary(core: Core, roomId: string, userId: string): ClientEvent {
  const joined = core.members.users(roomId, "join");
  const invited = core.members.users(roomId, "invite");
  const heroes = [...joined, ...invited].filter((other) => other !== userId).slice(0, MAX_HEROES);
  return {
    "m.heroes": heroes,
    "m.joined_member_count": joined.length,
    "m.invited_member_count": invited.length,
  };
}
