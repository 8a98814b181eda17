import type { Membership } from "../rooms/model.ts";
import type { Database } from "./Database.ts";

export interface RoomMembership {
  readonly roomId: string;
  readonly membership: Membership;
  /** Position of the member event that made it so. */
  readonly pos: number;
  readonly lastPos: number;
}

/** Who is in which room: an index over the current `m.room.member` events. */
export class MemberStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  set(roomId: string, userId: string, membership: Membership, pos: number): void {
    this.#db.run(
      "INSERT OR REPLACE INTO members (room_id, user_id, membership, pos, is_forgotten) VALUES (?, ?, ?, ?, 0)",
      roomId,
      userId,
      membership,
      pos,
    );
  }

  membership(roomId: string, userId: string): Membership | undefined {
    return this.#db.get<{ membership: Membership }>(
      "SELECT membership FROM members WHERE room_id = ? AND user_id = ?",
      roomId,
      userId,
    )?.membership;
  }

  /** Hides a room that was left; joining or being invited again brings it back. */
  forget(roomId: string, userId: string): void {
    this.#db.run("UPDATE members SET is_forgotten = 1 WHERE room_id = ? AND user_id = ?", roomId, userId);
  }

  isForgotten(roomId: string, userId: string): boolean {
    return (
      this.#db.get("SELECT 1 FROM members WHERE room_id = ? AND user_id = ? AND is_forgotten = 1", roomId, userId) !==
      undefined
    );
  }

  users(roomId: string, membership: Membership): string[] {
    return this.#db
      .all<{ user_id: string }>(
        "SELECT user_id FROM members WHERE room_id = ? AND membership = ? ORDER BY pos",
        roomId,
        membership,
      )
      .map((row) => row.user_id);
  }

  /** Users with a newer member event than `sincePos`. */
  changedSince(roomId: string, sincePos: number): string[] {
    return this.#db
      .all<{ user_id: string }>("SELECT user_id FROM members WHERE room_id = ? AND pos > ?", roomId, sincePos)
      .map((row) => row.user_id);
  }

  count(roomId: string, membership: Membership): number {
    return (
      this.#db.get<{ n: number }>(
        "SELECT COUNT(*) AS n FROM members WHERE room_id = ? AND membership = ?",
        roomId,
        membership,
      )?.n ?? 0
    );
  }

  /** Every room that the user is or was in, with the room's newest position. */
  roomsOf(userId: string): RoomMembership[] {
    return this.#db.all<RoomMembership>(
      `SELECT m.room_id AS roomId, m.membership AS membership, m.pos AS pos, r.last_pos AS lastPos
       FROM members m JOIN rooms r ON r.room_id = m.room_id WHERE m.user_id = ? AND m.is_forgotten = 0`,
      userId,
    );
  }

  joinedRooms(userId: string): string[] {
    return this.#db
      .all<{ room_id: string }>("SELECT room_id FROM members WHERE user_id = ? AND membership = 'join'", userId)
      .map((row) => row.room_id);
  }

  /** Users who are joined to a room that `userId` is joined to, `userId` included. */
  sharers(userId: string): Set<string> {
    const rows = this.#db.all<{ user_id: string }>(
      `SELECT DISTINCT other.user_id FROM members mine JOIN members other ON other.room_id = mine.room_id
       WHERE mine.user_id = ? AND mine.membership = 'join' AND other.membership = 'join'`,
      userId,
    );
    return new Set([userId, ...rows.map((row) => row.user_id)]);
  }
}
