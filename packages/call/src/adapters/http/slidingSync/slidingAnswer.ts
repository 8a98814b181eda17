import { MatrixRtcError, type RoomId } from "@conclave/matrix-rtc";

import { arrayAt, isRecord, recordAt, stringAt } from "../json.ts";
import { parseSync, type SyncDelta, type ToldUpTo } from "../parseSync.ts";
import { EVENT_TYPES } from "../syncFilter.ts";
import { STICKY_EVENTS } from "./slidingRequest.ts";

export interface SlidingAnswer {
  readonly pos: string;
  readonly delta: SyncDelta;
  /** Rooms that came whole, as if nothing were known of them. */
  readonly whole: readonly RoomId[];
  /** The timelines that came. */
  readonly told: ReadonlyMap<RoomId, ToldTimeline>;
  /** `undefined`: as before. */
  readonly toDeviceSince: string | undefined;
  readonly stickySince: string | undefined;
}

/** The last part of a timeline that has come: where it begins, and its events in order. */
export interface ToldTimeline {
  readonly to: string | undefined;
  readonly eventIds: readonly string[];
}

/** Rooms that have come whole. */
type KnownRooms = ReadonlyMap<RoomId, ToldTimeline | undefined>;

/**
 * Reads an answer of sliding sync as the delta that `/sync` would have brought. What is malformed inside it is left
 * out; an answer without `pos` is refused. A connection that begins anew repeats what was said: it is left out.
 *
 * @param known rooms that have come whole before; of others nothing but the whole is taken, as a room whose encryption is
 *   not known must not be shown
 * @throws {MatrixRtcError} `homeserver_refused`
 */
export function slidingAnswer(body: unknown, userId: string, known: KnownRooms): SlidingAnswer {
  const pos = stringAt(body, "pos");
  if (pos === undefined) throw new MatrixRtcError("homeserver_refused", "Sliding sync: no pos");
  const extensions = recordAt(body, "extensions");
  const sticky = recordAt(extensions, STICKY_EVENTS);
  const rooms = sortRooms(recordAt(body, "rooms"), userId);
  const whole = rooms.whole.filter((roomId) => roomId in rooms.joined);
  const isTaken = (roomId: string): boolean => whole.includes(roomId as RoomId) || known.has(roomId as RoomId);
  const stuck = recordAt(sticky, "rooms");
  const roomIds = new Set([...Object.keys(rooms.joined), ...Object.keys(stuck)]);
  const join = [...roomIds]
    .filter((roomId) => isTaken(roomId) && !(roomId in rooms.left))
    .map((roomId) => [roomId, joinedRoom(rooms.joined[roomId], stuck[roomId], known.get(roomId as RoomId))]);
  const filtered = {
    ...recordAt(extensions, "e2ee"),
    next_batch: pos,
    rooms: { join: Object.fromEntries(join) as object, leave: rooms.left },
    to_device: { events: arrayAt(recordAt(extensions, "to_device"), "events") },
  };
  return {
    pos,
    delta: parseSync(filtered, (roomId) => gapStart(known.get(roomId as RoomId))),
    whole,
    told: toldTimelines(rooms.joined),
    toDeviceSince: stringAt(recordAt(extensions, "to_device"), "next_batch"),
    stickySince: stringAt(sticky, "next_batch"),
  };
}

interface SortedRooms {
  readonly joined: Readonly<Record<string, unknown>>;
  readonly left: Readonly<Record<string, object>>;
  readonly whole: readonly RoomId[];
}

function sortRooms(rooms: Readonly<Record<string, unknown>>, userId: string): SortedRooms {
  const joined: Record<string, unknown> = {};
  const left: Record<string, object> = {};
  const whole: RoomId[] = [];
  for (const [roomId, room] of Object.entries(rooms)) {
    // An invitation tells of a room what everybody may know of it.
    if (!isRecord(room) || room["invite_state"] !== undefined) continue;
    if (hasLeft(room, userId)) left[roomId] = {};
    else joined[roomId] = room;
    if (room["initial"] === true) whole.push(roomId as RoomId);
  }
  return { joined, left, whole };
}

/** There is no section for rooms that were left: one's own membership says it. */
function hasLeft(room: unknown, userId: string): boolean {
  const own = arrayAt(room, "required_state").find(
    (event) => stringAt(event, "type") === EVENT_TYPES.member && stringAt(event, "state_key") === userId,
  );
  return own !== undefined && stringAt(recordAt(own, "content"), "membership") !== "join";
}

function toldTimelines(rooms: Readonly<Record<string, unknown>>): ReadonlyMap<RoomId, ToldTimeline> {
  const told = new Map<RoomId, ToldTimeline>();
  for (const [roomId, room] of Object.entries(rooms)) {
    const eventIds = arrayAt(room, "timeline")
      .map((event) => stringAt(event, "event_id"))
      .filter((eventId) => eventId !== undefined);
    if (eventIds.length > 0) told.set(roomId as RoomId, { to: stringAt(room, "prev_batch"), eventIds });
  }
  return told;
}

/** There is no place at the end of what was told, so a gap is read from the beginning of its last part. */
function gapStart(told: ToldTimeline | undefined): ReturnType<ToldUpTo> {
  return told?.to === undefined ? undefined : { to: told.to, told: new Set(told.eventIds) };
}

/** Required state is the state after the timeline, so what the timeline says of state is not asked. */
function joinedRoom(room: unknown, sticky: unknown, told: ToldTimeline | undefined): object {
  const timeline = arrayAt(room, "timeline");
  const lastTold = told?.eventIds.at(-1);
  const seen = timeline.findLastIndex((event) => lastTold !== undefined && stringAt(event, "event_id") === lastTold);
  return {
    timeline: {
      events: timeline.slice(seen + 1),
      limited: isRecord(room) && room["limited"] === true && seen === -1,
      prev_batch: stringAt(room, "prev_batch"),
    },
    state_after: { events: arrayAt(room, "required_state") },
    msc4354_sticky: { events: arrayAt(sticky, "events") },
  };
}
