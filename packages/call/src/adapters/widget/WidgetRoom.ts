import { type Clock, Emitter, type Happening, type Logger, type ReadonlySignal, type Scope } from "@conclave/kit";
import {
  CALL_EVENT_TYPES,
  type EventId,
  type MatrixSelf,
  type RoomEvent,
  type RoomId,
  type RoomView,
} from "@conclave/matrix-rtc";

import { arrayAt, stringAt } from "../http/json.ts";
import { type SyncEvent, tryParseEvent } from "../http/parseSync.ts";
import { Rooms } from "../http/Rooms.ts";
import { EVENT_TYPES } from "../http/syncFilter.ts";
import { toRoomEvent } from "../http/toRoomEvent.ts";
import { ACTIONS, VERSIONS } from "./actions.ts";
import type { Agreement, Terms } from "./Agreement.ts";
import { receiveState, RECEIVED_STATE } from "./capabilities.ts";
import type { WidgetData } from "./ports.ts";
import { namedDevice } from "./senderDevice.ts";
import type { WidgetHost } from "./WidgetHost.ts";

/** Events that may wait for the state of their room. */
const MAX_EARLY = 5000;
/** Ids of message events that are kept, so that none is told twice. */
const MAX_TOLD = 2000;
const MAX_STATE = 50_000;

export interface WidgetRoomDeps {
  readonly host: WidgetHost;
  readonly agreement: Agreement;
  readonly self: MatrixSelf;
  readonly roomId: RoomId;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly scope: Scope;
  /** Something of the room has come. */
  readonly onNews: () => void;
}

/** The one room of a widget, as the host tells it. */
export class WidgetRoom {
  readonly #deps: WidgetRoomDeps;
  readonly #rooms: Rooms;
  readonly #events: Emitter<RoomEvent>;
  readonly #told = new Set<EventId>();
  #terms: Terms | undefined;
  /** Sticky events that came ahead of the room's state; undefined when it is there. */
  #early: SyncEvent[] | undefined = [];
  #isLeft = false;

  constructor(deps: WidgetRoomDeps) {
    const { agreement, clock, host, logger, scope } = deps;
    this.#deps = deps;
    this.#rooms = new Rooms(clock, scope);
    this.#events = new Emitter((error) => logger.error("an event listener failed", { error }));
    host.answer(ACTIONS.updateState, (data) => this.#takeState(arrayAt(data, "state")), scope);
    host.answer(ACTIONS.sendEvent, (data) => this.#takeEvent(data), scope);
    agreement.terms().then(
      (terms) => this.#begin(terms),
      (error: unknown) => logger.warn("the host has not begun", { error: String(error) }),
    );
  }

  watch(roomId: RoomId, scope: Scope): ReadonlySignal<RoomView | undefined> {
    return this.#rooms.watch(roomId, scope);
  }

  watchEvents(roomId: RoomId, scope: Scope): Happening<RoomEvent> {
    const events = new Emitter<RoomEvent>();
    if (roomId === this.#deps.roomId) this.#events.on(scope, (event) => events.emit(event));
    return events;
  }

  async #begin(terms: Terms): Promise<void> {
    this.#terms = terms;
    if (!this.#pushesState) await Promise.all(RECEIVED_STATE.map((type) => this.#readState(type)));
  }

  /** Whether state comes by itself, and then by `update_state` only. */
  get #pushesState(): boolean {
    return this.#terms?.versions.has(VERSIONS.updateState) ?? true;
  }

  /** @see MSC2876; for hosts from before `update_state` */
  async #readState(type: string): Promise<void> {
    const { agreement, host, logger, roomId } = this.#deps;
    try {
      await agreement.require(receiveState(type));
      const wanted = { type, state_key: true, limit: MAX_STATE, room_ids: [roomId] };
      this.#takeState(arrayAt(await host.request(ACTIONS.readEvents, wanted), "events"));
    } catch (error) {
      logger.warn("state could not be read from the host", { type, error: String(error) });
    }
  }

  #takeState(raw: readonly unknown[]): object {
    const { roomId } = this.#deps;
    const state = raw.flatMap((event) => this.#parse(event)).filter(({ stateKey }) => stateKey !== undefined);
    if (state.length === 0 || this.#isLeft) return {};
    this.#deps.onNews();
    if (state.some((event) => this.#isOwnLeave(event))) {
      this.#isLeft = true;
      this.#rooms.apply({ joined: [], left: [roomId] });
      return {};
    }
    this.#rooms.apply({ joined: [{ roomId, state, events: this.#early ?? [] }], left: [] });
    this.#early = undefined;
    return {};
  }

  #takeEvent(raw: WidgetData): object {
    for (const event of this.#parse(raw)) {
      if (event.stateKey === undefined) this.#takeMessage(event);
      else if (!this.#pushesState) this.#takeState([raw]);
    }
    return {};
  }

  #takeMessage(event: SyncEvent): void {
    if (this.#isLeft) return;
    this.#deps.onNews();
    if (!this.#early) this.#rooms.addEvent(this.#deps.roomId, event);
    else if (this.#early.length < MAX_EARLY) this.#early.push(event);
    if (!CALL_EVENT_TYPES.has(event.type) || this.#told.has(event.eventId)) return;
    this.#remember(event.eventId);
    this.#events.emit(toRoomEvent(event, this.#deps.clock.nowMs()));
  }

  #parse(raw: unknown): readonly SyncEvent[] {
    const event = tryParseEvent(raw);
    if (!event || stringAt(raw, "room_id") !== this.#deps.roomId) return [];
    const device = this.#terms?.versions.has(VERSIONS.devices) ? namedDevice(event.raw) : undefined;
    return [device ? { ...event, encryptedBy: device.deviceId } : event];
  }

  #isOwnLeave({ type, stateKey, content }: SyncEvent): boolean {
    if (type !== EVENT_TYPES.member || stateKey !== this.#deps.self.userId) return false;
    return stringAt(content, "membership") !== "join";
  }

  #remember(eventId: EventId): void {
    this.#told.add(eventId);
    for (const oldest of this.#told) {
      if (this.#told.size <= MAX_TOLD) break;
      this.#told.delete(oldest);
    }
  }
}
