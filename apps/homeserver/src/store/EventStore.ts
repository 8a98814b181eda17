import type { JsonObject } from "../json.ts";
import type { RoomEvent } from "../rooms/model.ts";
import type { Database } from "./Database.ts";
import { EventCache } from "./EventCache.ts";

interface Position {
  pos: number;
}

interface EventRow {
  pos: number;
  event_id: string;
  room_id: string;
  type: string;
  state_key: string | null;
  sender: string;
  origin_ts: number;
  content: string;
  prev_pos: number | null;
  redacts: string | null;
  redacted_by: string | null;
  sticky_ms: number | null;
  sticky_until: number | null;
  device_id: string | null;
  txn_id: string | null;
  delay_id: string | null;
}

export interface TimelineRange {
  /** Exclusive. */
  readonly afterPos: number;
  /** Inclusive. */
  readonly upToPos: number;
  readonly limit: number;
}

const COLUMNS = `e.pos, e.event_id, e.room_id, e.type, e.state_key, e.sender, e.origin_ts, e.content, e.prev_pos,
  e.redacts, e.redacted_by, e.sticky_ms, e.sticky_until, e.device_id, e.txn_id, e.delay_id`;

/** Reads and writes events and the current state. Knows nothing of permissions. */
export class EventStore {
  readonly #db: Database;
  readonly #cache: EventCache;

  constructor(db: Database) {
    this.#db = db;
    this.#cache = new EventCache(db);
  }

  /** Files the event, makes it current if it is state, and moves the room's newest position. */
  insert(event: RoomEvent): void {
    const relation = relationOf(event.content);
    this.#db.run(
      `INSERT INTO events (pos, event_id, room_id, type, state_key, sender, origin_ts, content, prev_pos, redacts,
        sticky_ms, sticky_until, rel_type, rel_to, device_id, txn_id, delay_id)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      event.pos,
      event.eventId,
      event.roomId,
      event.type,
      event.stateKey ?? null,
      event.sender,
      event.originTsMs,
      JSON.stringify(event.content),
      event.prevPos ?? null,
      event.redacts ?? null,
      event.stickyMs ?? null,
      event.stickyUntilMs ?? null,
      relation?.type ?? null,
      relation?.to ?? null,
      event.deviceId ?? null,
      event.txnId ?? null,
      event.delayId ?? null,
    );
    this.#db.run("UPDATE rooms SET last_pos = ? WHERE room_id = ?", event.pos, event.roomId);
    if (event.stateKey === undefined) return;
    this.#db.run(
      "INSERT OR REPLACE INTO state (room_id, type, state_key, pos) VALUES (?, ?, ?, ?)",
      event.roomId,
      event.type,
      event.stateKey,
      event.pos,
    );
  }

  /** Replaces the content by what redaction leaves, and ends stickiness. */
  redact(target: RoomEvent, kept: JsonObject, redactionId: string): void {
    this.#db.run(
      `UPDATE events SET content = ?, redacted_by = ?, sticky_ms = NULL, sticky_until = NULL, rel_type = NULL,
        rel_to = NULL WHERE pos = ?`,
      JSON.stringify(kept),
      redactionId,
      target.pos,
    );
    this.#cache.drop(target.pos);
  }

  byId(roomId: string, eventId: string): RoomEvent | undefined {
    return this.#one(`SELECT e.pos FROM events e WHERE e.event_id = ? AND e.room_id = ?`, eventId, roomId);
  }

  byPos(pos: number): RoomEvent | undefined {
    const known = this.#cache.get(pos);
    if (known) return known;
    const row = this.#db.get<EventRow>(`SELECT ${COLUMNS} FROM events e WHERE e.pos = ?`, pos);
    if (!row) return undefined;
    const event = toEvent(row);
    this.#cache.add(event, row.content.length);
    return event;
  }

  state(roomId: string, type: string, stateKey: string): RoomEvent | undefined {
    return this.#one("SELECT pos FROM state WHERE room_id = ? AND type = ? AND state_key = ?", roomId, type, stateKey);
  }

  /** All current state, oldest first. */
  fullState(roomId: string): RoomEvent[] {
    return this.#many("SELECT pos FROM state WHERE room_id = ? ORDER BY pos", roomId);
  }

  /** The state as it was after position `upToPos`: of what changed after `afterPos` only. Oldest first. */
  stateBetween(roomId: string, afterPos: number, upToPos: number): RoomEvent[] {
    if (afterPos === 0) return this.#stateAfterAll(roomId, upToPos);
    // What is new is little, whatever the room has seen before.
    const changes = this.#many(
      `SELECT pos FROM events INDEXED BY events_room_state
       WHERE room_id = ? AND state_key IS NOT NULL AND pos > ? AND pos <= ? ORDER BY pos`,
      roomId,
      afterPos,
      upToPos,
    );
    const newest = new Map(changes.map((event) => [`${event.type}\0${event.stateKey ?? ""}`, event]));
    return changes.filter((event) => newest.get(`${event.type}\0${event.stateKey ?? ""}`) === event);
  }

  /** One state event as it was after position `upToPos`. */
  stateAt(roomId: string, type: string, stateKey: string, upToPos: number): RoomEvent | undefined {
    return this.#one(
      `SELECT e.pos FROM events e
       WHERE e.room_id = ? AND e.type = ? AND e.state_key = ? AND e.pos <= ? ORDER BY e.pos DESC LIMIT 1`,
      roomId,
      type,
      stateKey,
      upToPos,
    );
  }

  /** Every value that one state key has had, oldest first. */
  stateHistory(roomId: string, type: string, stateKey: string): RoomEvent[] {
    return this.#many(
      `SELECT e.pos FROM events e WHERE e.room_id = ? AND e.type = ? AND e.state_key = ? ORDER BY e.pos`,
      roomId,
      type,
      stateKey,
    );
  }

  newestFirst(roomId: string, range: TimelineRange): RoomEvent[] {
    return this.#many(
      `SELECT e.pos FROM events e WHERE e.room_id = ? AND e.pos > ? AND e.pos <= ? ORDER BY e.pos DESC LIMIT ?`,
      roomId,
      range.afterPos,
      range.upToPos,
      range.limit,
    );
  }

  oldestFirst(roomId: string, range: TimelineRange): RoomEvent[] {
    return this.#many(
      `SELECT e.pos FROM events e WHERE e.room_id = ? AND e.pos > ? AND e.pos <= ? ORDER BY e.pos LIMIT ?`,
      roomId,
      range.afterPos,
      range.upToPos,
      range.limit,
    );
  }

  /** The position of the last event of one of these types among the newest `depth`. */
  lastOf(
    roomId: string,
    types: readonly string[],
    { upToPos, depth }: { upToPos: number; depth: number },
  ): number | undefined {
    return this.#db.get<Position>(
      `SELECT pos FROM (SELECT pos, type FROM events WHERE room_id = ? AND pos <= ? ORDER BY pos DESC LIMIT ?)
       WHERE type IN (SELECT value FROM json_each(?)) LIMIT 1`,
      roomId,
      upToPos,
      depth,
      JSON.stringify(types),
    )?.pos;
  }

  /** MSC4354: events still sticky at `nowMs`, oldest first. */
  sticky(roomId: string, nowMs: number, range: TimelineRange): RoomEvent[] {
    return this.#many(
      `SELECT e.pos FROM events e INDEXED BY events_sticky
       WHERE e.room_id = ? AND e.pos > ? AND e.pos <= ? AND e.sticky_until > ? ORDER BY e.pos LIMIT ?`,
      roomId,
      range.afterPos,
      range.upToPos,
      nowMs,
      range.limit,
    );
  }

  /** Events that relate to another one, newest first. */
  relations(roomId: string, relatesTo: string, range: TimelineRange): RoomEvent[] {
    return this.#many(
      `SELECT e.pos FROM events e
       WHERE e.room_id = ? AND e.rel_to = ? AND e.pos > ? AND e.pos <= ? ORDER BY e.pos DESC LIMIT ?`,
      roomId,
      relatesTo,
      range.afterPos,
      range.upToPos,
      range.limit,
    );
  }

  #stateAfterAll(roomId: string, upToPos: number): RoomEvent[] {
    return this.#many(
      `SELECT MAX(pos) AS pos FROM events INDEXED BY events_state
       WHERE room_id = ? AND state_key IS NOT NULL AND pos <= ? GROUP BY type, state_key ORDER BY pos`,
      roomId,
      upToPos,
    );
  }

  // Queries find positions, from indexes alone; what is there is then read once for all who ask.
  #one(sql: string, ...values: (string | number)[]): RoomEvent | undefined {
    const row = this.#db.get<Position>(sql, ...values);
    return row && this.byPos(row.pos);
  }

  #many(sql: string, ...values: (string | number)[]): RoomEvent[] {
    const rows = this.#db.all<Position>(sql, ...values);
    return rows.map(({ pos }) => this.byPos(pos)).filter((event) => event !== undefined);
  }
}

function toEvent(row: EventRow): RoomEvent {
  return {
    pos: row.pos,
    eventId: row.event_id,
    roomId: row.room_id,
    type: row.type,
    stateKey: row.state_key ?? undefined,
    sender: row.sender,
    originTsMs: row.origin_ts,
    content: JSON.parse(row.content) as JsonObject,
    prevPos: row.prev_pos ?? undefined,
    redacts: row.redacts ?? undefined,
    redactedBy: row.redacted_by ?? undefined,
    stickyMs: row.sticky_ms ?? undefined,
    stickyUntilMs: row.sticky_until ?? undefined,
    deviceId: row.device_id ?? undefined,
    txnId: row.txn_id ?? undefined,
    delayId: row.delay_id ?? undefined,
  };
}

function relationOf(content: JsonObject): { type: string; to: string } | undefined {
  const relation = content["m.relates_to"];
  if (typeof relation !== "object" || relation === null) return undefined;
  const { rel_type: type, event_id: to } = relation as { rel_type?: unknown; event_id?: unknown };
  return typeof type === "string" && typeof to === "string" ? { type, to } : undefined;
}
