import type { Database } from "./Database.ts";

/** How often "last seen" is written: an active client asks many times a minute. */
const SEEN_RESOLUTION_MS = 3_600_000;

export interface Account {
  readonly userId: string;
  readonly password: string | undefined;
  readonly isGuest: boolean;
  readonly isDeactivated: boolean;
  readonly displayName: string | undefined;
  readonly avatarUrl: string | undefined;
}

export interface Session {
  readonly userId: string;
  readonly deviceId: string;
}

export interface Device {
  readonly deviceId: string;
  readonly displayName: string | undefined;
  readonly lastSeenAtMs: number;
  readonly lastSeenIp: string | undefined;
}

interface AccountRow {
  user_id: string;
  password: string | null;
  is_guest: number;
  is_deactivated: number;
  display_name: string | null;
  avatar_url: string | null;
}

interface DeviceRow {
  device_id: string;
  display_name: string | null;
  last_seen_at: number;
  last_seen_ip: string | null;
}

/** Accounts and their devices. */
export class AccountStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** @returns false if the user id is taken, also by an account that is gone */
  create(userId: string, password: string | undefined, nowMs: number): boolean {
    const changes = this.#db.run(
      "INSERT OR IGNORE INTO accounts (user_id, password, is_guest, created_at, last_seen_at) VALUES (?, ?, 1, ?, ?)",
      userId,
      password ?? null,
      nowMs,
      nowMs,
    );
    return changes === 1;
  }

  find(userId: string): Account | undefined {
    const row = this.#db.get<AccountRow>("SELECT * FROM accounts WHERE user_id = ?", userId);
    return (
      row && {
        userId: row.user_id,
        password: row.password ?? undefined,
        isGuest: row.is_guest === 1,
        isDeactivated: row.is_deactivated === 1,
        displayName: row.display_name ?? undefined,
        avatarUrl: row.avatar_url ?? undefined,
      }
    );
  }

  /** A person who logs in with a password keeps the account: it is no longer removed when unused. */
  makePermanent(userId: string): void {
    this.#db.run("UPDATE accounts SET is_guest = 0 WHERE user_id = ?", userId);
  }

  setProfile(userId: string, field: "displayname" | "avatar_url", value: string | undefined): void {
    const sql =
      field === "displayname"
        ? "UPDATE accounts SET display_name = ? WHERE user_id = ?"
        : "UPDATE accounts SET avatar_url = ? WHERE user_id = ?";
    this.#db.run(sql, value ?? null, userId);
  }

  setPassword(userId: string, password: string): void {
    this.#db.run("UPDATE accounts SET password = ? WHERE user_id = ?", password, userId);
  }

  /** Empties the account; the name stays taken for ever. */
  deactivate(userId: string): void {
    this.#db.run(
      `UPDATE accounts SET is_deactivated = 1, password = NULL, display_name = NULL, avatar_url = NULL
       WHERE user_id = ?`,
      userId,
    );
  }

  unusedGuests(seenBeforeMs: number, limit: number): string[] {
    return this.#db
      .all<{ user_id: string }>(
        "SELECT user_id FROM accounts WHERE is_guest = 1 AND is_deactivated = 0 AND last_seen_at < ? LIMIT ?",
        seenBeforeMs,
        limit,
      )
      .map((row) => row.user_id);
  }

  /** Makes the device if it is new; a device that exists keeps its name. */
  addDevice(session: Session, displayName: string | undefined, nowMs: number): void {
    this.#db.run(
      "INSERT OR IGNORE INTO devices (user_id, device_id, display_name, last_seen_at) VALUES (?, ?, ?, ?)",
      session.userId,
      session.deviceId,
      displayName ?? null,
      nowMs,
    );
  }

  /** Notes that the device was used; writes at most once an hour. */
  seen(session: Session, address: string, nowMs: number): void {
    const touched = this.#db.run(
      `UPDATE devices SET last_seen_at = ?, last_seen_ip = ? WHERE user_id = ? AND device_id = ?
       AND (last_seen_at < ? OR last_seen_ip IS NULL)`,
      nowMs,
      address,
      session.userId,
      session.deviceId,
      nowMs - SEEN_RESOLUTION_MS,
    );
    if (touched > 0) this.#db.run("UPDATE accounts SET last_seen_at = ? WHERE user_id = ?", nowMs, session.userId);
  }

  devices(userId: string): Device[] {
    return this.#db
      .all<DeviceRow>(
        "SELECT device_id, display_name, last_seen_at, last_seen_ip FROM devices WHERE user_id = ?",
        userId,
      )
      .map(toDevice);
  }

  device({ userId, deviceId }: Session): Device | undefined {
    const row = this.#db.get<DeviceRow>(
      "SELECT device_id, display_name, last_seen_at, last_seen_ip FROM devices WHERE user_id = ? AND device_id = ?",
      userId,
      deviceId,
    );
    return row && toDevice(row);
  }

  renameDevice({ userId, deviceId }: Session, displayName: string): void {
    this.#db.run(
      "UPDATE devices SET display_name = ? WHERE user_id = ? AND device_id = ?",
      displayName,
      userId,
      deviceId,
    );
  }

  /** Removes the device with its token, keys and messages that wait for it. */
  removeDevice({ userId, deviceId }: Session): void {
    for (const sql of [
      "DELETE FROM access_tokens WHERE user_id = ? AND device_id = ?",
      "DELETE FROM refresh_tokens WHERE user_id = ? AND device_id = ?",
      "DELETE FROM one_time_keys WHERE user_id = ? AND device_id = ?",
      "DELETE FROM fallback_keys WHERE user_id = ? AND device_id = ?",
      "DELETE FROM to_device WHERE user_id = ? AND device_id = ?",
      "DELETE FROM transactions WHERE user_id = ? AND device_id = ?",
      "DELETE FROM devices WHERE user_id = ? AND device_id = ?",
    ]) {
      this.#db.run(sql, userId, deviceId);
    }
    this.#db.run("DELETE FROM key_signatures WHERE user_id = ? AND key_id = ?", userId, deviceId);
  }
}

function toDevice(row: DeviceRow): Device {
  return {
    deviceId: row.device_id,
    displayName: row.display_name ?? undefined,
    lastSeenAtMs: row.last_seen_at,
    lastSeenIp: row.last_seen_ip ?? undefined,
  };
}
