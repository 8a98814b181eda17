import type { CancelTimer } from "@conclave/kit";

import type { Core } from "./Core.ts";
import { removeAccount } from "./removeAccount.ts";

const EVERY_MS = 3_600_000;
/** With work left over, the next round comes after this: requests go first. */
const SOON_MS = 100;
const DAY_MS = 24 * 3_600_000;
/** Accounts or rooms removed in one go. */
const BATCH = 20;

const ROOM_TABLES = ["events", "state", "members", "receipts", "account_data", "aliases", "rooms"] as const;

/** Removes what nobody needs any longer, once an hour: guests, empty rooms, old transactions and tokens. */
export class Housekeeping {
  #cancelTimer: CancelTimer = () => {};

  start(core: Core): void {
    this.#cancelTimer = core.clock.after(SOON_MS, () => this.#round(core));
  }

  close(): void {
    this.#cancelTimer();
  }

  #round(core: Core): void {
    let delayMs = EVERY_MS;
    try {
      if (cleanOnce(core)) delayMs = SOON_MS;
    } catch (fault) {
      core.logger.error("Housekeeping failed", { fault: String(fault) });
    }
    this.#cancelTimer = core.clock.after(delayMs, () => this.#round(core));
  }
}

/** @returns true if there may be more to do */
function cleanOnce(core: Core): boolean {
  const nowMs = core.clock.nowMs();
  const beforeMs = nowMs - core.config.limits.unusedGuestDays * DAY_MS;
  const guests = core.accounts.unusedGuests(beforeMs, BATCH);
  for (const userId of guests) removeAccount(core, userId);
  const rooms = emptyRooms(core, beforeMs);
  for (const roomId of rooms) removeRoom(core, roomId);
  if (guests.length + rooms.length > 0)
    core.logger.info("Unused data removed", { guests: guests.length, rooms: rooms.length });
  const pruned = core.transactions.prune(nowMs);
  core.db.run("DELETE FROM openid_tokens WHERE expires_at <= ?", nowMs);
  core.db.run("DELETE FROM login_tokens WHERE expires_at <= ?", nowMs);
  return guests.length === BATCH || rooms.length === BATCH || pruned;
}

/** Rooms that nobody is in or invited to, and in which nothing has happened since. */
function emptyRooms(core: Core, beforeMs: number): string[] {
  return core.db
    .all<{ room_id: string }>(
      `SELECT r.room_id FROM rooms r
       WHERE NOT EXISTS (SELECT 1 FROM members m WHERE m.room_id = r.room_id AND m.membership IN ('join', 'invite'))
       AND (SELECT e.origin_ts FROM events e WHERE e.room_id = r.room_id ORDER BY e.pos DESC LIMIT 1) < ? LIMIT ?`,
      beforeMs,
      BATCH,
    )
    .map((row) => row.room_id);
}

function removeRoom(core: Core, roomId: string): void {
  core.db.write(() => {
    for (const table of ROOM_TABLES) core.db.run(`DELETE FROM ${table} WHERE room_id = ?`, roomId);
  });
}
