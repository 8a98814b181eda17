import type { RoomEvent } from "../rooms/model.ts";
import type { Database } from "./Database.ts";

/** Events kept; a busy call's memberships and the state of some dozens of rooms. */
const MAX_EVENTS = 4_000;
/** Larger ones are read anew each time: so the whole has at most about 16 MB. */
const MAX_CONTENT_CHARS = 4_096;

/**
 * Events that were read, parsed once for all who ask: when something happens in a room, each of its listeners reads the
 * same few events. The oldest entry gives way.
 */
export class EventCache {
  readonly #db: Database;
  readonly #events = new Map<number, RoomEvent>();
  #undone = 0;

  constructor(db: Database) {
    this.#db = db;
  }

  get(pos: number): RoomEvent | undefined {
    this.#forgetUndone();
    return this.#events.get(pos);
  }

  /** @param contentChars length of the content's text */
  add(event: RoomEvent, contentChars: number): void {
    if (contentChars > MAX_CONTENT_CHARS) return;
    this.#forgetUndone();
    this.#events.set(event.pos, event);
    if (this.#events.size <= MAX_EVENTS) return;
    const oldest = this.#events.keys().next();
    if (!oldest.done) this.#events.delete(oldest.value);
  }

  /** The event is no longer what it was. */
  drop(pos: number): void {
    this.#events.delete(pos);
  }

  /** After a transaction that was undone its positions go to other events. */
  #forgetUndone(): void {
    if (this.#undone === this.#db.undone) return;
    this.#undone = this.#db.undone;
    this.#events.clear();
  }
}
