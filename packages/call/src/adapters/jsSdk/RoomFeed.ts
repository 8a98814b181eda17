import type { Clock, Logger, ReadonlySignal, Scope } from "@conclave/kit";
import type { RoomId, RoomView } from "@conclave/matrix-rtc";
import { ClientEvent, type MatrixClient, type MatrixEvent, type Room } from "matrix-js-sdk";

import { Rooms } from "../http/Rooms.ts";
import { SerialQueue } from "../http/SerialQueue.ts";
import type { DeviceBook } from "./DeviceBook.ts";
import { listen } from "./listen.ts";
import { RoomListener } from "./RoomListener.ts";
import { toSyncEvent } from "./toSyncEvent.ts";

/** Encrypted sticky events that may wait for the look-up of their device. */
const MAX_PENDING = 500;

export interface RoomFeedDeps {
  readonly client: MatrixClient;
  readonly devices: DeviceBook | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly scope: Scope;
}

interface Watched {
  watchers: number;
  /** Lives as long as one room object of the client is listened to. */
  listening: Scope | undefined;
}

/** Rooms of the client that somebody watches, as live signals. Of all others nothing is kept. */
export class RoomFeed {
  readonly #deps: RoomFeedDeps;
  readonly #rooms: Rooms;
  readonly #watched = new Map<RoomId, Watched>();
  readonly #lookUps = new SerialQueue();

  constructor(deps: RoomFeedDeps) {
    const { client, clock, scope } = deps;
    this.#deps = deps;
    this.#rooms = new Rooms(clock, scope);
    listen(scope, client, ClientEvent.Room, (room: Room) => this.#listenTo(room.roomId as RoomId));
    listen(scope, client, ClientEvent.DeleteRoom, (roomId: string) => this.#noteLeft(roomId as RoomId));
  }

  watch(roomId: RoomId, scope: Scope): ReadonlySignal<RoomView | undefined> {
    const watched = this.#watched.get(roomId) ?? { watchers: 0, listening: undefined };
    watched.watchers += 1;
    this.#watched.set(roomId, watched);
    scope.onEnd(() => this.#unwatch(roomId));
    const view = this.#rooms.watch(roomId, scope);
    if (watched.watchers === 1) this.#listenTo(roomId);
    return view;
  }

  #unwatch(roomId: RoomId): void {
    const watched = this.#watched.get(roomId);
    if (!watched) return;
    watched.watchers -= 1;
    if (watched.watchers > 0) return;
    this.#watched.delete(roomId);
    void watched.listening?.end();
    this.#rooms.drop(roomId);
  }

  /** Listens to the room object that the client has now. */
  #listenTo(roomId: RoomId): void {
    const { client, clock, scope } = this.#deps;
    const watched = this.#watched.get(roomId);
    const room = client.getRoom(roomId);
    if (!watched || !room) return;
    void watched.listening?.end();
    const listening = scope.child();
    watched.listening = listening;
    const listener = new RoomListener({
      room,
      clock,
      scope: listening,
      // An ending scope may still hear something; a room that was dropped must not come back by that.
      onDelta: (delta) => void (listening.isEnded || this.#rooms.apply({ joined: [delta], left: [] })),
      onLeft: () => void (listening.isEnded || this.#noteLeft(roomId)),
      onEncryptedSticky: (event) => this.#lookUp(roomId, event),
    });
    listener.tellAll();
    void this.#loadMembers(room, listener, listening);
  }

  #noteLeft(roomId: RoomId): void {
    this.#rooms.apply({ joined: [], left: [roomId] });
  }

  /** A host may load members lazily; a member that the room does not list would not count as in the call. */
  async #loadMembers(room: Room, listener: RoomListener, scope: Scope): Promise<void> {
    if (room.membersLoaded() || room.getMyMembership() !== "join") return;
    try {
      await room.loadMembersIfNeeded();
      if (!scope.isEnded) listener.tellAll();
    } catch (error) {
      this.#deps.logger.warn("members of a room could not be loaded", { error });
    }
  }

  #lookUp(roomId: RoomId, event: MatrixEvent): void {
    const { clock, devices, logger } = this.#deps;
    if (this.#lookUps.length >= MAX_PENDING) {
      logger.warn("an encrypted sticky event was dropped: too many wait");
      return;
    }
    this.#lookUps
      .run(async () => {
        const encryptedBy = await devices?.findByKey(event.getSender() ?? "", event.getSenderKey());
        const parsed = toSyncEvent(event, clock.nowMs());
        if (!parsed || !this.#watched.has(roomId)) return;
        this.#rooms.addEvent(roomId, encryptedBy === undefined ? parsed : { ...parsed, encryptedBy });
      })
      .catch((error: unknown) => logger.warn("an encrypted sticky event was dropped", { error }));
  }
}
