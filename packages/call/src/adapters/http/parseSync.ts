import type { EventId, RawEvent, RoomId, UserId } from "@conclave/matrix-rtc";
import { MatrixRtcError } from "@conclave/matrix-rtc";

import { arrayAt, isRecord, numberAt, recordAt, stringAt, stringsAt } from "./json.ts";

/** An event of a room, with what the server said about its stickiness and redactions. */
export interface SyncEvent extends RawEvent {
  readonly sticky?: { readonly durationMs: number; readonly ttlMs?: number };
  /** Of redactions: the event that goes. */
  readonly redacts?: EventId;
  /** As it came; decryption needs it whole. */
  readonly raw: Readonly<Record<string, unknown>>;
}

export interface RoomDelta {
  readonly roomId: RoomId;
  /** In the order in which they apply. */
  readonly state: readonly SyncEvent[];
  /** Events of the timeline and of the sticky section. */
  readonly events: readonly SyncEvent[];
  /** More was said than the answer has: what came before `events`. */
  readonly gap?: TimelineGap;
}

/** A part of a timeline that was left out, between two places as `/messages` knows them. */
export interface TimelineGap {
  /** Its end. */
  readonly from: string;
  /** Its beginning, or a place before it. */
  readonly to: string;
  /** Ids of events behind `to` that have been told. */
  readonly told: ReadonlySet<string>;
}

/** How far a client has been told what was said in a room. */
export type ToldUpTo = (roomId: string) => Pick<TimelineGap, "to" | "told"> | undefined;

/** The part of a sync that the OlmMachine eats. */
export interface CryptoDelta {
  readonly toDevice: readonly unknown[];
  readonly changedUsers: readonly string[];
  readonly leftUsers: readonly string[];
  /** `undefined`: the server did not say. */
  readonly oneTimeKeyCounts: ReadonlyMap<string, number> | undefined;
  readonly unusedFallbackKeys: readonly string[] | undefined;
}

export interface SyncDelta {
  readonly nextBatch: string;
  readonly joined: readonly RoomDelta[];
  readonly left: readonly RoomId[];
  readonly crypto: CryptoDelta;
}

/**
 * Reads a `/sync` answer. What is malformed inside it is left out; an answer without `next_batch` is refused.
 *
 * @param toldUpTo where a gap in a room's timeline begins; `undefined` where nothing of it has been told
 * @throws {MatrixRtcError} `homeserver_refused`
 * @see Client-Server API, "Syncing"; MSC4222 (`state_after`), MSC4354 (sticky section)
 */
export function parseSync(body: unknown, toldUpTo: ToldUpTo = () => undefined): SyncDelta {
  const nextBatch = stringAt(body, "next_batch");
  if (nextBatch === undefined) throw new MatrixRtcError("homeserver_refused", "/sync: no next_batch");
  const rooms = recordAt(body, "rooms");
  const left = [...Object.keys(recordAt(rooms, "leave")), ...Object.keys(recordAt(rooms, "ban"))];
  return {
    nextBatch,
    joined: Object.entries(recordAt(rooms, "join")).map(([roomId, room]) =>
      parseRoom(roomId as RoomId, room, toldUpTo(roomId)),
    ),
    left: left as RoomId[],
    crypto: parseCrypto(body),
  };
}

function parseRoom(roomId: RoomId, room: unknown, told: ReturnType<ToldUpTo>): RoomDelta {
  const timeline = parseEvents(arrayAt(recordAt(room, "timeline"), "events"));
  const stateAfter = stateAfterOf(room);
  const sticky = [...stickySection(room, "msc4354_sticky"), ...stickySection(room, "sticky")];
  const state = stateAfter
    ? parseEvents(stateAfter)
    : [...parseEvents(arrayAt(recordAt(room, "state"), "events")), ...timeline];
  return {
    roomId,
    state: state.filter((event) => event.stateKey !== undefined),
    events: [...timeline.filter((event) => event.stateKey === undefined), ...sticky],
    ...gapOf(recordAt(room, "timeline"), told),
  };
}

function gapOf(timeline: Readonly<Record<string, unknown>>, told: ReturnType<ToldUpTo>): Pick<RoomDelta, "gap"> {
  const from = stringAt(timeline, "prev_batch");
  if (timeline["limited"] !== true || from === undefined || !told) return {};
  return { gap: { from, ...told } };
}

/** MSC4222: where it is present it is the whole truth, and state in the timeline must not be applied. */
function stateAfterOf(room: unknown): readonly unknown[] | undefined {
  for (const key of ["state_after", "org.matrix.msc4222.state_after"]) {
    if (isRecord(room) && isRecord(room[key])) return arrayAt(room[key], "events");
  }
  return undefined;
}

function stickySection(room: unknown, key: string): readonly SyncEvent[] {
  return parseEvents(arrayAt(recordAt(room, key), "events"));
}

function parseEvents(events: readonly unknown[]): readonly SyncEvent[] {
  return events.map(tryParseEvent).filter((event) => event !== undefined);
}

/** Reads one event; `undefined` if it lacks what every event has. */
export function tryParseEvent(raw: unknown): SyncEvent | undefined {
  const type = stringAt(raw, "type");
  const eventId = stringAt(raw, "event_id");
  const sender = stringAt(raw, "sender");
  const originServerTsMs = numberAt(raw, "origin_server_ts");
  if (!isRecord(raw) || type === undefined || eventId === undefined) return undefined;
  if (sender === undefined || originServerTsMs === undefined) return undefined;
  const stateKey = stringAt(raw, "state_key");
  const sticky = stickyOf(raw);
  const redacts = stringAt(raw, "redacts") ?? stringAt(raw["content"], "redacts");
  return {
    type,
    eventId: eventId as EventId,
    sender: sender as UserId,
    originServerTsMs,
    content: raw["content"],
    raw,
    ...(stateKey === undefined ? {} : { stateKey }),
    ...(sticky ? { sticky } : {}),
    ...(redacts === undefined ? {} : { redacts: redacts as EventId }),
  };
}

function stickyOf(raw: Record<string, unknown>): SyncEvent["sticky"] {
  const durationMs = numberAt(raw["msc4354_sticky"], "duration_ms") ?? numberAt(raw["sticky"], "duration_ms");
  if (durationMs === undefined) return undefined;
  const unsigned = recordAt(raw, "unsigned");
  const ttlMs =
    numberAt(unsigned, "msc4354_sticky_duration_ttl_ms") ?? numberAt(unsigned, "sticky_duration_remaining_ms");
  return { durationMs, ...(ttlMs === undefined ? {} : { ttlMs }) };
}

function parseCrypto(body: unknown): CryptoDelta {
  const counts = isRecord(body) ? body["device_one_time_keys_count"] : undefined;
  const fallback = isRecord(body) ? body["device_unused_fallback_key_types"] : undefined;
  return {
    toDevice: arrayAt(recordAt(body, "to_device"), "events"),
    changedUsers: stringsAt(recordAt(body, "device_lists"), "changed"),
    leftUsers: stringsAt(recordAt(body, "device_lists"), "left"),
    oneTimeKeyCounts: isRecord(counts)
      ? new Map(Object.entries(counts).filter((entry): entry is [string, number] => typeof entry[1] === "number"))
      : undefined,
    unusedFallbackKeys: Array.isArray(fallback) ? stringsAt(body, "device_unused_fallback_key_types") : undefined,
  };
}
