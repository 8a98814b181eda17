import type { Clock, Scope } from "@conclave/kit";
import type { RoomId } from "@conclave/matrix-rtc";
import {
  type MatrixEvent,
  type Room,
  RoomEvent,
  type RoomState,
  RoomStateEvent,
  RoomStickyEventsEvent,
  type StickyMatrixEvent,
} from "matrix-js-sdk";

import type { RoomDelta, SyncEvent } from "../http/parseSync.ts";
import { EVENT_TYPES, STATE_TYPES } from "../http/syncFilter.ts";
import { listen } from "./listen.ts";
import { toSyncEvent } from "./toSyncEvent.ts";

const WANTED_STATE: ReadonlySet<string> = new Set(STATE_TYPES);

export interface RoomListenerDeps {
  readonly room: Room;
  readonly clock: Clock;
  readonly scope: Scope;
  readonly onDelta: (delta: RoomDelta) => void;
  readonly onLeft: () => void;
  /** A sticky event that was encrypted: who encrypted it is still to be found out. */
  readonly onEncryptedSticky: (event: MatrixEvent) => void;
}

/** Tells what is true of one room of the client, all of it first and then each change, until the scope ends. */
export class RoomListener {
  readonly #deps: RoomListenerDeps;
  readonly #roomId: RoomId;
  #state: SyncEvent[] = [];
  #isQueued = false;

  constructor(deps: RoomListenerDeps) {
    const { room, scope } = deps;
    this.#deps = deps;
    this.#roomId = room.roomId as RoomId;
    listen(scope, room, RoomStateEvent.Events, (event: MatrixEvent, state: RoomState) => this.#takeState(event, state));
    // A gap in the timeline may put another state in place of the one before.
    listen(scope, room, RoomEvent.CurrentStateUpdated, () => this.tellAll());
    listen(scope, room, RoomEvent.MyMembership, () => this.tellAll());
    listen(scope, room, RoomEvent.Redaction, (event: MatrixEvent) => this.#takeEvents([event]));
    listen(
      scope,
      room,
      RoomStickyEventsEvent.Update,
      (added: StickyMatrixEvent[], updated: { current: StickyMatrixEvent }[]) =>
        this.#takeEvents([...added, ...updated.map(({ current }) => current)]),
    );
  }

  /** Tells the whole state of the room as the client has it now, or that the account is not in it. */
  tellAll(): void {
    const { onDelta, onLeft, room } = this.#deps;
    if (room.getMyMembership() !== "join") return onLeft();
    const events = STATE_TYPES.flatMap((type) => room.currentState.getStateEvents(type));
    onDelta({ roomId: this.#roomId, state: this.#parse(events), events: [] });
    this.#takeEvents(Array.from(room._unstable_getStickyEvents()));
  }

  #takeState(event: MatrixEvent, state: RoomState): void {
    const { room } = this.#deps;
    // States of old timelines speak too.
    if (state !== room.currentState || !WANTED_STATE.has(event.getType())) return;
    this.#state.push(...this.#parse([event]));
    if (this.#isQueued) return;
    this.#isQueued = true;
    // One sync brings many events in one go: one view for all of them.
    queueMicrotask(() => this.#flush());
  }

  #flush(): void {
    const { onDelta, room, scope } = this.#deps;
    const state = this.#state;
    this.#state = [];
    this.#isQueued = false;
    if (scope.isEnded || room.getMyMembership() !== "join") return;
    onDelta({ roomId: this.#roomId, state, events: [] });
  }

  #takeEvents(events: readonly MatrixEvent[]): void {
    const { onDelta, onEncryptedSticky, room } = this.#deps;
    // Of a room that is not joined the state is unknown; a join tells everything.
    if (room.getMyMembership() !== "join") return;
    const wanted = events.filter((event) => event.isRedaction() || event.getType() === EVENT_TYPES.rtcMember);
    const [encrypted, clear] = [wanted.filter(isEncrypted), wanted.filter((event) => !isEncrypted(event))];
    if (clear.length > 0) onDelta({ roomId: this.#roomId, state: [], events: this.#parse(clear) });
    for (const event of encrypted) onEncryptedSticky(event);
  }

  #parse(events: readonly MatrixEvent[]): readonly SyncEvent[] {
    const nowMs = this.#deps.clock.nowMs();
    return events.map((event) => toSyncEvent(event, nowMs)).filter((event) => event !== undefined);
  }
}

function isEncrypted(event: MatrixEvent): boolean {
  return event.isEncrypted();
}
