import type { Core } from "../Core.ts";
import { syncEvent, type ClientEvent, type Viewer } from "../rooms/clientEvent.ts";
import type { RoomEvent } from "../rooms/model.ts";
import { readerOf } from "../rooms/visibility.ts";
import { membershipAt } from "../sync/deviceLists.ts";
import { strippedState } from "../sync/strippedState.ts";
import { formatPageToken } from "../sync/syncToken.ts";
import { describeRoom } from "./describeRoom.ts";
import { changedState } from "./roomState.ts";
import type { RoomConfig } from "./roomWindow.ts";
import type { KnownRoom } from "./SlidingConnections.ts";
import type { UserRoom } from "./userRooms.ts";

/** One round of answering, for all of its rooms. */
export interface SlidingRound {
  readonly viewer: Viewer;
  /** Newest stream position that the answer covers. */
  readonly upTo: number;
  /** Where the client was; `undefined` at the start of a connection. */
  readonly since: number | undefined;
  readonly direct: ReadonlySet<string>;
}

/** A room as a round finds it. */
export interface RoomView {
  readonly room: UserRoom;
  readonly config: RoomConfig;
  /** What the connection knows of it already. */
  readonly known: KnownRoom | undefined;
  /** The client is to replace what it has. */
  readonly isInitial: boolean;
  /** The answer is about what came after this position, */
  readonly fromPos: number;
  /** and not after this one: somebody who left learns nothing more. */
  readonly endPos: number;
}

export interface Timeline {
  readonly events: readonly RoomEvent[];
  readonly isLimited: boolean;
  /** Older events than the client has been told of, because it asks for more than before. */
  readonly isExpanded: boolean;
}

export interface RoomAnswer {
  /** `undefined`: nothing new. */
  readonly body: ClientEvent | undefined;
  /** Nothing but what the viewer has sent. */
  readonly isEcho: boolean;
  readonly knownAfter: KnownRoom;
  readonly timeline: readonly RoomEvent[];
}

/** What a round tells of one room. @see MSC4186, "Room results" */
export function roomAnswer(core: Core, round: SlidingRound, matched: Matched): RoomAnswer {
  const { room, known } = matched;
  if (room.membership === "invite" || room.membership === "knock") return invitation(core, round, matched);
  const view = viewOf(core, round, matched);
  const isSame = known?.requiredState.equals(matched.config.requiredState) ?? false;
  const grows = known !== undefined && matched.config.timelineLimit > known.timelineLimit;
  if (!view.isInitial && room.lastPos <= view.fromPos && isSame && !grows) return nothingNew(view);
  return describe(core, round, view);
}

type Matched = Pick<RoomView, "room" | "config" | "known">;

function viewOf(core: Core, { viewer, upTo }: SlidingRound, matched: Matched): RoomView {
  const { room, known } = matched;
  const isJoined = room.membership === "join";
  const isNewlyJoined =
    isJoined &&
    known !== undefined &&
    room.pos > known.sentUpTo &&
    membershipAt(core, room.roomId, viewer.userId, known.sentUpTo) !== "join";
  const isInitial = known === undefined || isNewlyJoined;
  const endPos = isJoined ? upTo : Math.min(room.pos, upTo);
  return { ...matched, isInitial, fromPos: isInitial ? 0 : known.sentUpTo, endPos };
}

function nothingNew(view: RoomView): RoomAnswer {
  const timeline = { events: [], isLimited: false, isExpanded: false };
  const lazyMembers = view.known?.lazyMembers ?? new Set<string>();
  return { body: undefined, isEcho: false, knownAfter: { ...knownAfter(view, timeline), lazyMembers }, timeline: [] };
}

function describe(core: Core, round: SlidingRound, view: RoomView): RoomAnswer {
  const timeline = readTimeline(core, round, view);
  const state = changedState(core, view, timeline);
  const isSilent = timeline.events.length + state.events.length === 0;
  if (isSilent && !view.isInitial) return nothingNew(view);
  const format = (events: readonly RoomEvent[]): ClientEvent[] =>
    events.map((event) => syncEvent(core, event, round.viewer));
  const body = {
    ...describeRoom(core, round, view, { timeline, changes: state.changes }),
    ...(view.isInitial && { initial: true }),
    ...(timeline.isExpanded && { unstable_expanded_timeline: true }),
    ...(state.events.length > 0 && { required_state: format(state.events) }),
    ...(view.config.timelineLimit > 0 && timelineFields(round, view, timeline, format)),
  };
  const events = [...timeline.events, ...state.events];
  return {
    body,
    isEcho: !view.isInitial && !timeline.isExpanded && events.every((event) => event.sender === round.viewer.userId),
    knownAfter: { ...knownAfter(view, timeline), lazyMembers: state.lazyMembers },
    timeline: timeline.events,
  };
}

function timelineFields(
  { since }: SlidingRound,
  { endPos }: RoomView,
  { events, isLimited }: Timeline,
  format: (events: readonly RoomEvent[]) => ClientEvent[],
): ClientEvent {
  return {
    ...(events.length > 0 && { timeline: format(events) }),
    limited: isLimited,
    prev_batch: formatPageToken(events[0] ? events[0].pos - 1 : endPos),
    num_live: since === undefined ? 0 : events.filter((event) => event.pos > since).length,
  };
}

function readTimeline(core: Core, { viewer }: SlidingRound, view: RoomView): Timeline {
  const { room, config, known, isInitial, fromPos, endPos } = view;
  const limit = config.timelineLimit;
  const isExpanded = !isInitial && known !== undefined && limit > known.timelineLimit;
  const afterPos = isExpanded ? 0 : fromPos;
  if (limit === 0 || afterPos >= endPos) return { events: [], isLimited: false, isExpanded: false };
  const newest = core.events.newestFirst(room.roomId, { afterPos, upToPos: endPos, limit: limit + 1 });
  const sees = newest.length === 0 ? () => false : readerOf(core, room.roomId, viewer.userId);
  const events = newest.slice(0, limit).filter((event) => sees(event));
  return { events: events.toReversed(), isLimited: newest.length > limit, isExpanded };
}

function knownAfter({ config, known, endPos }: RoomView, { isLimited }: Timeline): Omit<KnownRoom, "lazyMembers"> {
  // With every event told, the client has as much as if it had asked for more.
  const shown = isLimited ? 0 : (known?.timelineLimit ?? 0);
  return {
    sentUpTo: endPos,
    timelineLimit: Math.max(shown, config.timelineLimit),
    requiredState: config.requiredState,
  };
}

/** Invited people see what the invitation says and nothing else. */
function invitation(core: Core, round: SlidingRound, { room, config, known }: Matched): RoomAnswer {
  const isTold = known !== undefined && known.sentUpTo >= room.pos;
  return {
    body: isTold
      ? undefined
      : {
          initial: true,
          invite_state: strippedState(core, room.roomId, round.viewer.userId),
          bump_stamp: room.pos,
          notification_count: 0,
          highlight_count: 0,
          ...(round.direct.has(room.roomId) && { is_dm: true }),
        },
    isEcho: false,
    knownAfter: { ...config, timelineLimit: 0, sentUpTo: round.upTo, lazyMembers: new Set() },
    timeline: [],
  };
}
