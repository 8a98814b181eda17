import type { JsonObject } from "../json.ts";
import type { EventDraft, RoomEvent } from "../rooms/model.ts";
import type { Database } from "./Database.ts";

const KEEP_FINISHED_MS = 7 * 24 * 3_600_000;
const MAX_LISTED = 1_000;
/** Finished ones kept for one user. */
const MAX_FINISHED = 1_000;
/** Sent in one go; the next ones follow in the next task. */
const MAX_DUE = 500;

export interface DelayedRow {
  readonly delayId: string;
  readonly draft: EventDraft;
  readonly delayMs: number;
  readonly scheduledAtMs: number;
  readonly finalisedAtMs: number | undefined;
  readonly eventId: string | undefined;
  readonly error: string | undefined;
}

export interface DelayedEnd {
  readonly atMs: number;
  readonly eventId?: string;
  readonly error?: string;
}

interface Row {
  delay_id: string;
  user_id: string;
  device_id: string;
  room_id: string;
  type: string;
  state_key: string | null;
  txn_id: string | null;
  content: string;
  sticky_ms: number | null;
  delay_ms: number;
  scheduled_at: number;
  finalised_at: number | null;
  event_id: string | null;
  error: string | null;
}

/** Delayed events at rest. */
export class DelayedStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  add(delayId: string, draft: EventDraft, when: { readonly delayMs: number; readonly nowMs: number }): void {
    this.#db.run(
      `INSERT INTO delayed_events (delay_id, user_id, device_id, room_id, type, state_key, txn_id, content, sticky_ms,
        delay_ms, scheduled_at, due_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      delayId,
      draft.sender,
      draft.deviceId ?? "",
      draft.roomId,
      draft.type,
      draft.stateKey ?? null,
      draft.txnId ?? null,
      JSON.stringify(draft.content),
      draft.stickyMs ?? null,
      when.delayMs,
      when.nowMs,
      when.nowMs + when.delayMs,
    );
  }

  waiting(delayId: string): DelayedRow | undefined {
    const row = this.#db.get<Row>("SELECT * FROM delayed_events WHERE delay_id = ? AND finalised_at IS NULL", delayId);
    return row && read(row);
  }

  one(userId: string, delayId: string): DelayedRow | undefined {
    const row = this.#db.get<Row>("SELECT * FROM delayed_events WHERE delay_id = ? AND user_id = ?", delayId, userId);
    return row && read(row);
  }

  ofUser(userId: string): DelayedRow[] {
    return this.#db
      .all<Row>(
        "SELECT * FROM delayed_events WHERE user_id = ? ORDER BY finalised_at IS NOT NULL, scheduled_at DESC LIMIT ?",
        userId,
        MAX_LISTED,
      )
      .map(read);
  }

  countWaiting(userId: string): number {
    return (
      this.#db.get<{ n: number }>(
        "SELECT COUNT(*) AS n FROM delayed_events WHERE user_id = ? AND finalised_at IS NULL",
        userId,
      )?.n ?? 0
    );
  }

  /** In the order in which they fell due. */
  due(nowMs: number): DelayedRow[] {
    return this.#db
      .all<Row>(
        "SELECT * FROM delayed_events WHERE finalised_at IS NULL AND due_at <= ? ORDER BY due_at, scheduled_at + delay_ms LIMIT ?",
        nowMs,
        MAX_DUE,
      )
      .map(read);
  }

  nextDueAtMs(): number | undefined {
    return this.#db.get<{ due_at: number }>(
      "SELECT due_at FROM delayed_events WHERE finalised_at IS NULL ORDER BY due_at LIMIT 1",
    )?.due_at;
  }

  /** Nothing is due before this instant; what was keeps its order. */
  postpone(untilMs: number): void {
    this.#db.run("UPDATE delayed_events SET due_at = ?1 WHERE finalised_at IS NULL AND due_at < ?1", untilMs);
  }

  putOff(delayId: string, untilMs: number): void {
    this.#db.run("UPDATE delayed_events SET due_at = ? WHERE delay_id = ?", untilMs, delayId);
  }

  restart(delayId: string, nowMs: number): void {
    this.#db.run(
      "UPDATE delayed_events SET scheduled_at = ?1, due_at = ?1 + delay_ms WHERE delay_id = ?2",
      nowMs,
      delayId,
    );
  }

  /** Ends it: sent with an event id, failed with an error, cancelled with neither. */
  finish({ delayId, draft }: DelayedRow, end: DelayedEnd): void {
    this.#db.run(
      "UPDATE delayed_events SET finalised_at = ?, event_id = ?, error = ? WHERE delay_id = ?",
      end.atMs,
      end.eventId ?? null,
      end.error ?? null,
      delayId,
    );
    this.#db.run(
      `DELETE FROM delayed_events WHERE delay_id IN (SELECT delay_id FROM delayed_events
         WHERE user_id = ? AND finalised_at IS NOT NULL ORDER BY finalised_at DESC LIMIT -1 OFFSET ?)`,
      draft.sender,
      MAX_FINISHED,
    );
  }

  cancelOthers(event: RoomEvent): void {
    this.#db.run(
      `UPDATE delayed_events SET finalised_at = ?
       WHERE room_id = ? AND type = ? AND state_key = ? AND user_id <> ? AND finalised_at IS NULL`,
      event.originTsMs,
      event.roomId,
      event.type,
      event.stateKey ?? "",
      event.sender,
    );
  }

  cancelAllOf(userId: string, nowMs: number): void {
    this.#db.run(
      "UPDATE delayed_events SET finalised_at = ? WHERE user_id = ? AND finalised_at IS NULL",
      nowMs,
      userId,
    );
  }

  prune(nowMs: number): void {
    this.#db.run("DELETE FROM delayed_events WHERE finalised_at < ?", nowMs - KEEP_FINISHED_MS);
  }
}

function read(row: Row): DelayedRow {
  return {
    delayId: row.delay_id,
    draft: {
      roomId: row.room_id,
      type: row.type,
      stateKey: row.state_key ?? undefined,
      sender: row.user_id,
      content: JSON.parse(row.content) as JsonObject,
      stickyMs: row.sticky_ms ?? undefined,
      deviceId: row.device_id,
      txnId: row.txn_id ?? undefined,
    },
    delayMs: row.delay_ms,
    scheduledAtMs: row.scheduled_at,
    finalisedAtMs: row.finalised_at ?? undefined,
    eventId: row.event_id ?? undefined,
    error: row.error ?? undefined,
  };
}
