import type { JsonObject } from "../json.ts";
import type { Database } from "./Database.ts";

/** Entries one user may keep; enough for every client in use. */
const MAX_ENTRIES = 1_000;
const MAX_FILTERS = 200;

export interface AccountData {
  readonly type: string;
  readonly content: JsonObject;
}

/** Account data (global under room id `""`) and filters. */
export class AccountDataStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** @returns false if the user has too many entries */
  set(userId: string, roomId: string, entry: AccountData & { readonly pos: number }): boolean {
    if (this.get(userId, roomId, entry.type) === undefined && this.#count(userId) >= MAX_ENTRIES) return false;
    this.#db.run(
      "INSERT OR REPLACE INTO account_data (user_id, room_id, type, content, pos) VALUES (?, ?, ?, ?, ?)",
      userId,
      roomId,
      entry.type,
      JSON.stringify(entry.content),
      entry.pos,
    );
    return true;
  }

  get(userId: string, roomId: string, type: string): JsonObject | undefined {
    const row = this.#db.get<{ content: string }>(
      "SELECT content FROM account_data WHERE user_id = ? AND room_id = ? AND type = ?",
      userId,
      roomId,
      type,
    );
    return row && (JSON.parse(row.content) as JsonObject);
  }

  /** Entries changed after `sincePos`, by room id; the global ones are under `""`. */
  changedSince(userId: string, sincePos: number): Map<string, AccountData[]> {
    const rows = this.#db.all<{ room_id: string; type: string; content: string }>(
      "SELECT room_id, type, content FROM account_data WHERE user_id = ? AND pos > ? ORDER BY pos",
      userId,
      sincePos,
    );
    const byRoom = new Map<string, AccountData[]>();
    for (const row of rows) {
      const entry = { type: row.type, content: JSON.parse(row.content) as JsonObject };
      const entries = byRoom.get(row.room_id);
      if (entries) entries.push(entry);
      else byRoom.set(row.room_id, [entry]);
    }
    return byRoom;
  }

  /** Stores a filter under `filterId` (a hash, so that equal filters share one entry). */
  addFilter(userId: string, filterId: string, filter: JsonObject): boolean {
    const count = this.#db.get<{ n: number }>("SELECT COUNT(*) AS n FROM filters WHERE user_id = ?", userId)?.n ?? 0;
    if (count >= MAX_FILTERS && this.filter(userId, filterId) === undefined) return false;
    this.#db.run(
      "INSERT OR IGNORE INTO filters (user_id, filter_id, filter) VALUES (?, ?, ?)",
      userId,
      filterId,
      JSON.stringify(filter),
    );
    return true;
  }

  filter(userId: string, filterId: string): JsonObject | undefined {
    const row = this.#db.get<{ filter: string }>(
      "SELECT filter FROM filters WHERE user_id = ? AND filter_id = ?",
      userId,
      filterId,
    );
    return row && (JSON.parse(row.filter) as JsonObject);
  }

  #count(userId: string): number {
    return this.#db.get<{ n: number }>("SELECT COUNT(*) AS n FROM account_data WHERE user_id = ?", userId)?.n ?? 0;
  }
}
