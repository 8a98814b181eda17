import type { EventId, UserId } from "../ids.ts";
import type { RoomEvent } from "../ports.ts";
import { type CallNotification, readNotification, tryReadDecline } from "./callNotification.ts";

/** Callers at one time, in one room. */
const MAX_CALLERS = 64;
const MAX_DECLINED = 256;

interface Newest {
  readonly eventId: EventId;
  readonly sentAtMs: number;
  /** `undefined`: the caller has taken it back. */
  readonly notification: CallNotification | undefined;
}

/** The notifications and answers of a room that still may count. Bounded, whatever arrives. */
export class RingBook {
  readonly #self: UserId;
  /** By caller: the newest only, as a sticky map would have it. */
  readonly #newest = new Map<UserId, Newest>();
  readonly #declined = new Set<EventId>();

  constructor(self: UserId) {
    this.#self = self;
  }

  /** What calls now, for all that is known here; newest first. */
  get notifications(): readonly CallNotification[] {
    const known = [...this.#newest.values()].flatMap(({ notification }) => notification ?? []);
    return known
      .filter(({ eventId }) => !this.#declined.has(eventId))
      .toSorted((a, b) => b.sentAtMs - a.sentAtMs || (a.eventId < b.eventId ? 1 : -1));
  }

  take(event: RoomEvent, nowMs: number): void {
    if (event.redacts) this.#redacted(event.redacts);
    const decline = tryReadDecline(event);
    if (decline?.sender === this.#self) this.declined(decline.target);
    const read = readNotification(event, nowMs);
    if (event.sender === this.#self || read.result === "other") return;
    if (read.result === "withdrawn") this.#enter(event.sender, { ...read, notification: undefined });
    else this.#enter(event.sender, { ...read.notification, notification: read.notification });
  }

  /** This user does not want to come, on whichever device it was said. */
  declined(eventId: EventId): void {
    this.#declined.add(eventId);
    for (const oldest of this.#declined) {
      if (this.#declined.size <= MAX_DECLINED) break;
      this.#declined.delete(oldest);
    }
  }

  #enter(sender: UserId, { eventId, sentAtMs, notification }: Newest): void {
    const known = this.#newest.get(sender);
    if (known && (known.sentAtMs > sentAtMs || (known.sentAtMs === sentAtMs && known.eventId > eventId))) return;
    this.#newest.delete(sender);
    this.#newest.set(sender, { eventId, sentAtMs, notification });
    for (const [oldest] of this.#newest) {
      if (this.#newest.size <= MAX_CALLERS) break;
      this.#newest.delete(oldest);
    }
  }

  #redacted(eventId: EventId): void {
    for (const [sender, newest] of this.#newest) {
      if (newest.eventId === eventId) this.#newest.set(sender, { ...newest, notification: undefined });
    }
  }
}
