import type { JsonObject } from "../json.ts";
import type { Session } from "./AccountStore.ts";
import type { Database } from "./Database.ts";

/** Messages kept for one device; beyond that it has been away for so long that the oldest are lost. */
const MAX_QUEUE = 10_000;
/** How often the bound is looked at: once in so many messages. */
const BOUND_CHECK_EVERY = 256;

export interface ToDeviceMessage {
  readonly pos: number;
  readonly sender: string;
  readonly type: string;
  readonly content: JsonObject;
}

/** A queue per device. Messages stay until the device asks with a `since` behind them. */
export class ToDeviceStore {
  readonly #db: Database;
  #sinceCheck = 0;

  constructor(db: Database) {
    this.#db = db;
  }

  put(to: Session, message: Omit<ToDeviceMessage, "content"> & { readonly content: string }): void {
    this.#db.run(
      "INSERT INTO to_device (user_id, device_id, pos, sender, type, content) VALUES (?, ?, ?, ?, ?, ?)",
      to.userId,
      to.deviceId,
      message.pos,
      message.sender,
      message.type,
      message.content,
    );
    this.#sinceCheck += 1;
    if (this.#sinceCheck < BOUND_CHECK_EVERY) return;
    this.#sinceCheck = 0;
    this.#dropOldest(to);
  }

  /** Forgets what the device has proved to have: everything up to `pos`. */
  acknowledge({ userId, deviceId }: Session, pos: number): void {
    this.#db.run("DELETE FROM to_device WHERE user_id = ? AND device_id = ? AND pos <= ?", userId, deviceId, pos);
  }

  /** Oldest first. All messages of one position come together, so a page may exceed `limit` by one request's worth. */
  pending({ userId, deviceId }: Session, afterPos: number, limit: number): ToDeviceMessage[] {
    const rows = this.#db.all<{ pos: number; sender: string; type: string; content: string }>(
      `SELECT pos, sender, type, content FROM to_device
       WHERE user_id = ?1 AND device_id = ?2 AND pos > ?3 AND pos <= COALESCE(
         (SELECT pos FROM to_device WHERE user_id = ?1 AND device_id = ?2 AND pos > ?3
          ORDER BY pos, id LIMIT 1 OFFSET ?4), 9007199254740991)
       ORDER BY pos, id`,
      userId,
      deviceId,
      afterPos,
      limit - 1,
    );
    return rows.map((row) => ({
      pos: row.pos,
      sender: row.sender,
      type: row.type,
      content: JSON.parse(row.content) as JsonObject,
    }));
  }

  #dropOldest({ userId, deviceId }: Session): void {
    this.#db.run(
      `DELETE FROM to_device WHERE id IN (
         SELECT id FROM to_device WHERE user_id = ? AND device_id = ? ORDER BY pos DESC, id DESC LIMIT -1 OFFSET ?)`,
      userId,
      deviceId,
      MAX_QUEUE,
    );
  }
}
