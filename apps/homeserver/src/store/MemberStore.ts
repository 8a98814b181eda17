import type { Membership } from "../rooms/model.ts";
import type { Database } from "./Database.ts";

export interface RoomMembership {
  readonly roomId: string;
  readonly membership: Membership;
  /** Position of the member event that made it so. */
  readonly pos: number;
  readonly lastPos: number;
}

/** Rooms whose members are kept at hand; the oldest give way. Each takes about 100 bytes a member. */
const MAX_ROOMS_AT_HAND = 200;

type MembersOfRoom = ReadonlyMap<string, Membership>;

/** Who is in which room: an index over the current `m.room.member` events. */
export class MemberStore {
  readonly #db: Database;
  /** Each event asks who is to hear of it, and each of those who is there: read once a change. */
  readonly #atHand = new Map<string, MembersOfRoom>();
  #undone = 0;

  constructor(db: Database) {
    this.#db = db;
  }

  set(roomId: string, userId: string, membership: Membership, pos: number): void {
    this.#atHand.delete(roomId);
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

  /** In the order in which they became so. */
  users(roomId: string, membership: Membership): string[] {
    const users: string[] = [];
    for (const [userId, present] of this.#membersOf(roomId)) if (present === membership) users.push(userId);
    return users;
  }

  /** Users with a newer member event than `sincePos`. */
  changedSince(roomId: string, sincePos: number): string[] {
    return this.#db
      .all<{ user_id: string }>("SELECT user_id FROM members WHERE room_id = ? AND pos > ?", roomId, sincePos)
      .map((row) => row.user_id);
  }

  count(roomId: string, membership: Membership): number {
    return this.users(roomId, membership).length;
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

  /** Whether somebody is joined to a room that `userId` is joined to; `userId` itself counts. */
  sharing(userId: string): (other: string) => boolean {
    const rooms = this.joinedRooms(userId);
    return (other) => other === userId || rooms.some((roomId) => this.#membersOf(roomId).get(other) === "join");
  }

  #membersOf(roomId: string): MembersOfRoom {
    if (this.#undone !== this.#db.undone) {
      this.#undone = this.#db.undone;
      this.#atHand.clear();
    }
    const known = this.#atHand.get(roomId);
    if (known) return known;
    const rows = this.#db.all<{ user_id: string; membership: Membership }>(
      "SELECT user_id, membership FROM members WHERE room_id = ? ORDER BY pos",
      roomId,
    );
    const members = new Map(rows.map((row) => [row.user_id, row.membership]));
    this.#atHand.set(roomId, members);
    const oldest = this.#atHand.keys().next();
    if (this.#atHand.size > MAX_ROOMS_AT_HAND && !oldest.done) this.#atHand.delete(oldest.value);
    return members;
  }
}
