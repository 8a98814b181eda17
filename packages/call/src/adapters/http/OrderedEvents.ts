import type { Clock } from "@conclave/kit";
import type { EventId, RoomEvent } from "@conclave/matrix-rtc";

/** Events wait so long for one before them that cannot be read yet; after that it comes when it can be read. */
const HOLD_MS = 2000;
/** Of one room; the oldest give way. */
const MAX_WAITING = 200;
const MAX_LATE = 200;
const MAX_SEEN = 1000;
const MAX_SLOW_SESSIONS = 50;

interface Slot {
  readonly eventId: EventId;
  readonly sessionId: string;
  readonly heldUntilMs: number;
  /** `undefined`: not known yet. */
  outcome: { readonly event: RoomEvent | undefined } | undefined;
}

/**
 * Puts the events of one room into the homeserver's order although some have to be decrypted first: each is delivered once,
 * and one that cannot be read holds the others up for two seconds, once for each Megolm session.
 */
export class OrderedEvents {
  readonly #clock: Clock;
  readonly #deliver: (event: RoomEvent) => void;
  readonly #waiting: Slot[] = [];
  /** Passed over, and still wanted: their sessions. */
  readonly #late = new Map<EventId, string>();
  readonly #seen = new Set<EventId>();
  readonly #slowSessions = new Set<string>();
  #cancelTimer: () => void = () => {};

  constructor(clock: Clock, deliver: (event: RoomEvent) => void) {
    this.#clock = clock;
    this.#deliver = deliver;
  }

  /** An event that can be read. */
  add(event: RoomEvent): void {
    if (!this.skip(event.eventId)) return;
    // What is gone need not be read any more.
    if (event.redacts) this.resolve(event.redacts, undefined);
    this.#waiting.push({ eventId: event.eventId, sessionId: "", heldUntilMs: 0, outcome: { event } });
    this.#flush();
  }

  /** An event that has to be decrypted: `resolve` says what it is. */
  addUnread(eventId: EventId, sessionId: string): void {
    if (!this.skip(eventId)) return;
    if (this.#slowSessions.has(sessionId)) return this.#passOver(eventId, sessionId);
    this.#waiting.push({ eventId, sessionId, heldUntilMs: this.#clock.nowMs() + HOLD_MS, outcome: undefined });
    this.#flush();
  }

  /** What an unread event is; `undefined` if nobody wants to know of it. */
  resolve(eventId: EventId, event: RoomEvent | undefined): void {
    const lateSession = this.#late.get(eventId);
    if (lateSession !== undefined) {
      this.#late.delete(eventId);
      this.#slowSessions.delete(lateSession);
      if (event) this.#deliver(event);
      return;
    }
    const slot = this.#waiting.find((waiting) => waiting.eventId === eventId);
    if (!slot) return;
    slot.outcome ??= { event };
    this.#flush();
  }

  /** Notes an event that must not be delivered. @returns false if it was known */
  skip(eventId: EventId): boolean {
    if (this.#seen.has(eventId)) return false;
    this.#seen.add(eventId);
    dropOldest(this.#seen, MAX_SEEN);
    return true;
  }

  hasSeen(eventId: EventId): boolean {
    return this.#seen.has(eventId);
  }

  get hasSeenAny(): boolean {
    return this.#seen.size > 0;
  }

  /** Whether `resolve` would make a difference. */
  awaits(eventId: EventId): boolean {
    if (this.#late.has(eventId)) return true;
    return this.#waiting.some((slot) => slot.eventId === eventId && slot.outcome === undefined);
  }

  close(): void {
    this.#cancelTimer();
    this.#waiting.length = 0;
    this.#late.clear();
  }

  #flush(): void {
    this.#cancelTimer();
    for (let head = this.#waiting[0]; head; head = this.#waiting[0]) {
      if (!head.outcome && !this.#isOver(head)) {
        this.#cancelTimer = this.#clock.after(head.heldUntilMs - this.#clock.nowMs(), () => this.#flush());
        return;
      }
      this.#waiting.shift();
      if (!head.outcome) this.#giveUpHolding(head);
      else if (head.outcome.event) this.#deliver(head.outcome.event);
    }
  }

  #isOver(head: Slot): boolean {
    return this.#waiting.length > MAX_WAITING || head.heldUntilMs <= this.#clock.nowMs();
  }

  #giveUpHolding({ eventId, sessionId }: Slot): void {
    this.#slowSessions.add(sessionId);
    dropOldest(this.#slowSessions, MAX_SLOW_SESSIONS);
    this.#passOver(eventId, sessionId);
  }

  #passOver(eventId: EventId, sessionId: string): void {
    this.#late.set(eventId, sessionId);
    dropOldest(this.#late, MAX_LATE);
  }
}

interface Droppable<K> {
  readonly size: number;
  keys(): Iterable<K>;
  delete(key: K): boolean;
}

function dropOldest<K>(entries: Droppable<K>, maxSize: number): void {
  for (const key of entries.keys()) {
    if (entries.size <= maxSize) return;
    entries.delete(key);
  }
}
