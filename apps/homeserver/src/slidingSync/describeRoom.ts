import type { Core } from "../Core.ts";
import { textAt } from "../json.ts";
import type { ClientEvent } from "../rooms/clientEvent.ts";
import type { RoomEvent } from "../rooms/model.ts";
import { roomHeroes } from "../sync/roomSummary.ts";
import type { RoomView, SlidingRound, Timeline } from "./roomAnswer.ts";

/** Events that bring a room to people's attention. @see MSC4186, `bump_stamp` */
const BUMPS: readonly string[] = [
  "m.room.create",
  "m.room.message",
  "m.room.encrypted",
  "m.sticker",
  "m.call.invite",
  "m.poll.start",
  "m.beacon_info",
];
/** How many events back one that bumps is looked for. */
const BUMP_DEPTH = 500;

interface Changes {
  readonly timeline: Timeline;
  readonly changes: readonly RoomEvent[];
}

/** What a list shows of a room besides its events; what has not changed is left out. */
export function describeRoom(core: Core, round: SlidingRound, view: RoomView, found: Changes): ClientEvent {
  const { room, isInitial, endPos } = view;
  const hasNew = (type: string): boolean => isInitial || found.changes.some((event) => event.type === type);
  const isJoined = room.membership === "join";
  const textOf = (type: string, key: string): string | undefined => {
    const event = hasNew(type) ? core.events.stateAt(room.roomId, type, "", endPos) : undefined;
    return (event && textAt(event.content, key)) || undefined;
  };
  const name = textOf("m.room.name", "name");
  const avatar = textOf("m.room.avatar", "url");
  const stamp = bumpStamp(core, view, found.timeline);
  return {
    ...(name !== undefined && { name }),
    ...(avatar !== undefined && { avatar }),
    ...(isJoined && hasNew("m.room.member") && members(core, round, view, name)),
    ...(stamp !== undefined && { bump_stamp: stamp }),
    ...(round.direct.has(room.roomId) && { is_dm: true }),
    notification_count: 0,
    highlight_count: 0,
  };
}

function members(core: Core, { viewer }: SlidingRound, { room }: RoomView, name: string | undefined): ClientEvent {
  const heroes = name === undefined ? roomHeroes(core, room.roomId, viewer.userId) : [];
  return {
    joined_count: core.members.count(room.roomId, "join"),
    invited_count: core.members.count(room.roomId, "invite"),
    ...(heroes.length > 0 && { heroes: heroes.map((userId) => describeHero(core, room.roomId, userId)) }),
  };
}

function describeHero(core: Core, roomId: string, userId: string): ClientEvent {
  const content = core.events.state(roomId, "m.room.member", userId)?.content ?? {};
  const displayName = textAt(content, "displayname");
  const avatarUrl = textAt(content, "avatar_url");
  return {
    user_id: userId,
    ...(displayName !== undefined && { displayname: displayName }),
    ...(avatarUrl !== undefined && { avatar_url: avatarUrl }),
  };
}

/** Absent where it has not changed. For those outside the room, when they went there. */
function bumpStamp(core: Core, view: RoomView, timeline: Timeline): number | undefined {
  const { room, config, isInitial, endPos } = view;
  if (room.membership !== "join") return room.pos;
  const shown = timeline.events.findLast((event) => BUMPS.includes(event.type));
  if (shown) return shown.pos;
  if (!isInitial && !timeline.isLimited && config.timelineLimit > 0) return undefined;
  return core.events.lastOf(room.roomId, BUMPS, { upToPos: endPos, depth: BUMP_DEPTH }) ?? room.pos;
}
