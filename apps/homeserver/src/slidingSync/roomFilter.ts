import type { Core } from "../Core.ts";
import { textAt } from "../json.ts";
import type { SlidingFilters } from "./slidingRequest.ts";
import { directRooms, tagsOf, type UserRoom } from "./userRooms.ts";

type Passes = (room: UserRoom) => boolean;

/** What a list's filters let through; all of them must. @see MSC4186, `SlidingRoomFilter` */
export function roomFilter(core: Core, userId: string, filters: SlidingFilters): Passes {
  const checks: Passes[] = [];
  const { is_dm: isDirect, is_encrypted: isEncrypted, is_invite: isInvite, spaces } = filters;
  if (typeof isDirect === "boolean") {
    const direct = directRooms(core, userId);
    checks.push(({ roomId }) => direct.has(roomId) === isDirect);
  }
  if (typeof isEncrypted === "boolean")
    checks.push(({ roomId }) => (core.events.state(roomId, "m.room.encryption", "") !== undefined) === isEncrypted);
  if (typeof isInvite === "boolean") checks.push(({ membership }) => (membership === "invite") === isInvite);
  if (spaces) {
    const children = new Set(spaces.flatMap((space) => childrenOf(core, userId, space)));
    checks.push(({ roomId }) => children.has(roomId));
  }
  checks.push(...typeChecks(core, filters), ...tagChecks(core, userId, filters));
  return (room) => checks.every((check) => check(room));
}

function childrenOf(core: Core, userId: string, space: string): string[] {
  if (core.members.membership(space, userId) !== "join") return [];
  return core.events
    .fullState(space)
    .filter((event) => event.type === "m.space.child" && Array.isArray(event.content["via"]))
    .map((event) => event.stateKey ?? "");
}

function typeChecks(core: Core, { room_types: wanted, not_room_types: unwanted }: SlidingFilters): Passes[] {
  const typeOf = (roomId: string): string | null => {
    const create = core.events.state(roomId, "m.room.create", "");
    return (create && textAt(create.content, "type")) ?? null;
  };
  return [
    ...(unwanted ? [({ roomId }: UserRoom) => !unwanted.includes(typeOf(roomId))] : []),
    ...(wanted ? [({ roomId }: UserRoom) => wanted.includes(typeOf(roomId))] : []),
  ];
}

function tagChecks(core: Core, userId: string, { tags, not_tags: notTags }: SlidingFilters): Passes[] {
  const hasOneOf = (roomId: string, names: readonly string[]): boolean =>
    tagsOf(core, userId, roomId).some((tag) => names.includes(tag));
  return [
    ...(tags ? [({ roomId }: UserRoom) => hasOneOf(roomId, tags)] : []),
    ...(notTags ? [({ roomId }: UserRoom) => !hasOneOf(roomId, notTags)] : []),
  ];
}
