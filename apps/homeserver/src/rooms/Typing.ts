import type { CancelTimer, Clock } from "@conclave/kit";

/** The longest that somebody types without saying so again. */
const MAX_TYPING_MS = 120_000;
/** People shown as typing in one room; more than anybody reads. */
const MAX_TYPING_USERS = 50;

interface RoomTyping {
  pos: number;
  readonly users: Map<string, CancelTimer>;
}

/** Who types where. In memory: after a restart nobody types. */
export class Typing {
  readonly #rooms = new Map<string, RoomTyping>();
  readonly #clock: Clock;
  readonly #changed: (roomId: string) => number;

  /** @param changed takes a stream position for the change and wakes the room's members afterwards */
  constructor(clock: Clock, changed: (roomId: string) => number) {
    this.#clock = clock;
    this.#changed = changed;
  }

  start(roomId: string, userId: string, timeoutMs: number): void {
    const room = this.#rooms.get(roomId) ?? { pos: 0, users: new Map<string, CancelTimer>() };
    this.#rooms.set(roomId, room);
    const isNew = !room.users.has(userId);
    if (isNew && room.users.size >= MAX_TYPING_USERS) return;
    room.users.get(userId)?.();
    const delayMs = Math.min(Math.max(timeoutMs, 0), MAX_TYPING_MS);
    room.users.set(
      userId,
      this.#clock.after(delayMs, () => this.stop(roomId, userId)),
    );
    if (isNew) room.pos = this.#changed(roomId);
  }

  stop(roomId: string, userId: string): void {
    const room = this.#rooms.get(roomId);
    const cancelTimer = room?.users.get(userId);
    if (!room || !cancelTimer) return;
    cancelTimer();
    room.users.delete(userId);
    room.pos = this.#changed(roomId);
  }

  /** The users if that changed after `sincePos`, else `undefined`. */
  changedSince(roomId: string, sincePos: number): string[] | undefined {
    const room = this.#rooms.get(roomId);
    if (!room || room.pos <= sincePos) return undefined;
    return [...room.users.keys()];
  }

  close(): void {
    for (const room of this.#rooms.values()) for (const cancelTimer of room.users.values()) cancelTimer();
    this.#rooms.clear();
  }
}
