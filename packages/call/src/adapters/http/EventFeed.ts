import { type Clock, Emitter, type Happening, type Logger, type Scope } from "@conclave/kit";
import { CALL_EVENT_TYPES, type EventId, type RoomEvent, type RoomId } from "@conclave/matrix-rtc";

import { stringAt } from "./json.ts";
import { OrderedEvents } from "./OrderedEvents.ts";
import type { SyncEvent } from "./parseSync.ts";
import { isRedacted } from "./roomEvents.ts";
import { EVENT_TYPES } from "./syncFilter.ts";
import { toRoomEvent } from "./toRoomEvent.ts";

interface WatchedRoom {
  readonly emitter: Emitter<RoomEvent>;
  readonly ordered: OrderedEvents;
  watchers: number;
}

export interface EventFeedDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly scope: Scope;
}

/** Message events of calls, live, for the rooms that somebody watches. Of all others nothing is kept. */
export class EventFeed {
  readonly #deps: EventFeedDeps;
  readonly #rooms = new Map<RoomId, WatchedRoom>();

  constructor(deps: EventFeedDeps) {
    this.#deps = deps;
    deps.scope.onEnd(() => {
      for (const { ordered } of this.#rooms.values()) ordered.close();
      this.#rooms.clear();
    });
  }

  /** As `MatrixPort.watchEvents`. */
  watch(roomId: RoomId, scope: Scope): Happening<RoomEvent> {
    const room = this.#rooms.get(roomId) ?? this.#open();
    if (scope.isEnded || this.#deps.scope.isEnded) return room.emitter;
    room.watchers += 1;
    this.#rooms.set(roomId, room);
    scope.onEnd(() => this.#unwatch(roomId, room));
    return room.emitter;
  }

  isWatched(roomId: RoomId): boolean {
    return this.#rooms.has(roomId);
  }

  /** Takes events in the homeserver's order. Encrypted ones wait until `resolve` says what they are. */
  take(roomId: RoomId, events: readonly SyncEvent[]): void {
    const ordered = this.#rooms.get(roomId)?.ordered;
    if (!ordered) return;
    for (const event of events) {
      if (CALL_EVENT_TYPES.has(event.type)) ordered.add(this.#toRoomEvent(event));
      else if (isReadableLater(event)) ordered.addUnread(event.eventId, stringAt(event.content, "session_id") ?? "");
    }
  }

  /**
   * Takes the newest events of a room of which the homeserver does not say which are news: those after the last one that
   * has come before. If none has, it cannot be told, and they count as the past.
   */
  catchUp(roomId: RoomId, events: readonly SyncEvent[]): void {
    const ordered = this.#rooms.get(roomId)?.ordered;
    if (!ordered) return;
    const lastSeen = events.findLastIndex(({ eventId }) => ordered.hasSeen(eventId));
    if (ordered.hasSeenAny) this.take(roomId, events.slice(lastSeen + 1));
    else this.skip(roomId, events);
  }

  /** Notes events that are from before: they are not delivered should they come again. */
  skip(roomId: RoomId, events: readonly SyncEvent[]): void {
    for (const { eventId } of events) this.#rooms.get(roomId)?.ordered.skip(eventId);
  }

  /** Whether the event waits for `resolve`. */
  awaits(roomId: RoomId, eventId: EventId): boolean {
    return this.#rooms.get(roomId)?.ordered.awaits(eventId) ?? false;
  }

  /** Takes an event that was encrypted, now in clear. */
  resolve(roomId: RoomId, event: SyncEvent): void {
    const isWanted = CALL_EVENT_TYPES.has(event.type);
    this.#rooms.get(roomId)?.ordered.resolve(event.eventId, isWanted ? this.#toRoomEvent(event) : undefined);
  }

  /** An event that was encrypted is not to be delivered. */
  drop(roomId: RoomId, eventId: EventId): void {
    this.#rooms.get(roomId)?.ordered.resolve(eventId, undefined);
  }

  #toRoomEvent(event: SyncEvent): RoomEvent {
    return toRoomEvent(event, this.#deps.clock.nowMs());
  }

  #open(): WatchedRoom {
    const { clock, logger } = this.#deps;
    const emitter = new Emitter<RoomEvent>((error) => logger.error("a listener of room events failed", { error }));
    return { emitter, ordered: new OrderedEvents(clock, (event) => emitter.emit(event)), watchers: 0 };
  }

  #unwatch(roomId: RoomId, room: WatchedRoom): void {
    room.watchers -= 1;
    if (room.watchers > 0) return;
    room.ordered.close();
    if (this.#rooms.get(roomId) === room) this.#rooms.delete(roomId);
  }
}

/** What a redaction has emptied will never be read. */
function isReadableLater(event: SyncEvent): boolean {
  return event.type === EVENT_TYPES.encrypted && !isRedacted(event.raw);
}
