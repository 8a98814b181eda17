import type { Core } from "../Core.ts";
import { syncEvent, type ClientEvent } from "../rooms/clientEvent.ts";
import type { RoomEvent } from "../rooms/model.ts";
import { readerOf } from "../rooms/visibility.ts";
import type { RoomMembership } from "../store/MemberStore.ts";
import { membershipAt } from "./deviceLists.ts";
import { ephemeralEvents } from "./ephemeral.ts";
import { passes, timelineLimit, wantsRoom } from "./filter.ts";
import { roomSummary } from "./roomSummary.ts";
import type { SyncRequest } from "./SyncRequest.ts";
import { formatPageToken } from "./syncToken.ts";

/** How far back one more page of events is read when filters throw some away. */
const FILTER_FACTOR = 4;

interface Timeline {
  readonly events: readonly RoomEvent[];
  readonly limited: boolean;
  /** The state section describes the room up to here. */
  readonly startPos: number;
}

/** The `rooms.join` (or, for a room that was left, `rooms.leave`) entry, or `undefined` if there is nothing new. */
export function roomEntry(core: Core, request: SyncRequest, room: RoomMembership): ClientEvent | undefined {
  const upToPos = room.membership === "join" ? request.upTo : Math.min(room.pos, request.upTo);
  const isNew = isNewTo(core, request, room);
  const sincePos = isNew ? 0 : request.since.stream;
  const timeline = readTimeline(core, request, { roomId: room.roomId, sincePos, upToPos, isNew });
  const state = readState(core, request, { room, timeline, sincePos, upToPos });
  const sticky = room.membership === "join" ? stickyEvents(core, request, room.roomId, { timeline, isNew }) : [];
  const ephemeral = room.membership === "join" ? ephemeralEvents(core, request, room.roomId, sincePos) : [];
  const accountData = request.accountData.get(room.roomId) ?? [];
  const isSilent = timeline.events.length + state.length + sticky.length + ephemeral.length + accountData.length === 0;
  if (isSilent && !timeline.limited) return undefined;
  const format = (events: readonly RoomEvent[]): ClientEvent[] =>
    events.map((event) => syncEvent(core, event, request.viewer));
  return {
    timeline: {
      events: format(timeline.events),
      limited: timeline.limited,
      prev_batch: formatPageToken(timeline.startPos),
    },
    [stateKeyOf(request)]: { events: format(state) },
    account_data: { events: accountData },
    ephemeral: { events: ephemeral },
    ...(sticky.length > 0 && { msc4354_sticky: { events: format(sticky) } }),
    ...(room.membership === "join" && {
      // Counting members is worth it only when they may have changed.
      ...([...timeline.events, ...state].some((event) => event.type === "m.room.member") && {
        summary: roomSummary(core, room.roomId, request.viewer.userId),
      }),
      unread_notifications: { notification_count: 0, highlight_count: 0 },
    }),
  };
}

function stateKeyOf(request: SyncRequest): string {
  if (request.stateAfter === "stable") return "state_after";
  return request.stateAfter === "unstable" ? "org.matrix.msc4222.state_after" : "state";
}

/** True if the client has not seen the room as a member before: it gets all state, whatever `since` says. */
function isNewTo(core: Core, request: SyncRequest, room: RoomMembership): boolean {
  if (request.since.stream === 0 || request.fullState) return true;
  if (room.pos <= request.since.stream) return false;
  return membershipAt(core, room.roomId, request.viewer.userId, request.since.stream) !== "join";
}

interface Range {
  readonly roomId: string;
  readonly sincePos: number;
  readonly upToPos: number;
  readonly isNew: boolean;
}

function readTimeline(core: Core, request: SyncRequest, range: Range): Timeline {
  const { roomId, sincePos, upToPos } = range;
  const limit = timelineLimit(request.filter);
  const filter = request.filter.room?.timeline;
  const empty = { events: [], limited: false, startPos: upToPos };
  // With `full_state` the timeline still continues where the client is.
  const afterPos = request.fullState ? request.since.stream : sincePos;
  if (!wantsRoom(filter, roomId) || afterPos >= upToPos) return empty;
  const sees = readerOf(core, roomId, request.viewer.userId);
  const newest = core.events.newestFirst(roomId, { afterPos, upToPos, limit: limit * FILTER_FACTOR + 1 });
  const wanted = newest.filter((event) => sees(event) && passes(filter, event));
  const kept = wanted.slice(0, limit);
  const oldest = kept.at(-1);
  // Somebody who comes back has seen a part of it: "limited" tells the client to begin the timeline anew.
  const isReturn = range.isNew && request.since.stream > 0 && !request.fullState;
  const isCut = isReturn || wanted.length > limit || newest.length > limit * FILTER_FACTOR;
  if (!oldest) return { ...empty, limited: isCut };
  return { events: kept.toReversed(), limited: isCut, startPos: isCut || range.isNew ? oldest.pos - 1 : afterPos };
}

interface StateRange {
  readonly room: RoomMembership;
  readonly timeline: Timeline;
  readonly sincePos: number;
  readonly upToPos: number;
}

function readState(core: Core, request: SyncRequest, range: StateRange): RoomEvent[] {
  const { room, timeline, sincePos, upToPos } = range;
  const filter = request.filter.room?.state;
  if (!wantsRoom(filter, room.roomId)) return [];
  const untilPos = request.stateAfter === undefined ? timeline.startPos : upToPos;
  const changes = untilPos > sincePos ? core.events.stateBetween(room.roomId, sincePos, untilPos) : [];
  if (request.stateAfter === undefined) changes.push(...filteredOutState(core, request, range));
  if (!filter?.lazy_load_members) return changes.filter((event) => passes(filter, event));
  // Lazy loading: of the members only those who speak in the timeline, and the reader.
  const speakers = new Set([...timeline.events.map((event) => event.sender), request.viewer.userId]);
  const needed = changes.filter((event) => event.type !== "m.room.member" || speakers.has(event.stateKey ?? ""));
  const known = new Set(needed.filter((event) => event.type === "m.room.member").map((event) => event.stateKey));
  for (const speaker of speakers) {
    const isSelf = speaker === request.viewer.userId && sincePos > 0;
    if (known.has(speaker) || isSelf) continue;
    const member = core.events.stateAt(room.roomId, "m.room.member", speaker, untilPos);
    if (member) needed.push(member);
  }
  return needed.filter((event) => passes(filter, event));
}

/** State that the timeline would have told, had the timeline's filter not dropped it. */
function filteredOutState(core: Core, request: SyncRequest, { room, timeline, upToPos }: StateRange): RoomEvent[] {
  if (!request.filter.room?.timeline || timeline.startPos >= upToPos) return [];
  const shown = new Set(timeline.events.map((event) => event.pos));
  return core.events.stateBetween(room.roomId, timeline.startPos, upToPos).filter((event) => !shown.has(event.pos));
}

/** MSC4354: each unexpired sticky event once, wherever the timeline starts; those in the timeline are not repeated. */
function stickyEvents(
  core: Core,
  request: SyncRequest,
  roomId: string,
  { timeline, isNew }: { timeline: Timeline; isNew: boolean },
): RoomEvent[] {
  const afterPos = isNew ? 0 : request.since.sticky;
  const shown = new Set(timeline.events.map((event) => event.pos));
  const page = core.events.sticky(roomId, core.clock.nowMs(), {
    afterPos,
    upToPos: isNew && request.since.stream > 0 ? request.upTo : request.stickyUpTo,
    limit: -1,
  });
  return page.filter((event) => !shown.has(event.pos));
}
