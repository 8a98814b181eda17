import type { Clock, Logger, Scope } from "@conclave/kit";
import type { RoomId } from "@conclave/matrix-rtc";
import {
  type IRoomTimelineData,
  type MatrixClient,
  type MatrixEvent,
  MatrixEventEvent,
  type Room,
  RoomEvent,
} from "matrix-js-sdk";
import { EventShieldReason } from "matrix-js-sdk/lib/crypto-api/index.js";

import type { EventFeed } from "../http/EventFeed.ts";
import { SerialQueue } from "../http/SerialQueue.ts";
import { EVENT_TYPES } from "../http/syncFilter.ts";
import type { DeviceBook } from "./DeviceBook.ts";
import { listen } from "./listen.ts";
import { toSyncEvent } from "./toSyncEvent.ts";

/** Decrypted events that may wait for the look-up of their device. */
const MAX_LOOK_UPS = 500;

export interface LiveEventsDeps {
  readonly client: MatrixClient;
  readonly devices: DeviceBook | undefined;
  readonly feed: EventFeed;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly scope: Scope;
}

/** Hands message events of the client's live timelines to the feed, encrypted ones as soon as the client can read them. */
export class LiveEvents {
  readonly #deps: LiveEventsDeps;
  readonly #lookUps = new SerialQueue();

  constructor(deps: LiveEventsDeps) {
    const { client, scope } = deps;
    this.#deps = deps;
    listen(scope, client, RoomEvent.Timeline, (...[event, room, , , { liveEvent }]: TimelineArguments) => {
      if (liveEvent) this.#note(event, room);
    });
    // What the host sends itself is in its timeline from the start, and an event of the room only when it comes back.
    listen(scope, client, RoomEvent.LocalEchoUpdated, (event: MatrixEvent, room: Room) => this.#note(event, room));
    listen(scope, client, MatrixEventEvent.Decrypted, (event: MatrixEvent) => this.#noteReadable(event));
  }

  #note(event: MatrixEvent, room: Room | undefined): void {
    // Before a join has been told, the timeline is the past.
    if (event.status !== null || room?.getMyMembership() !== "join") return;
    const roomId = room.roomId as RoomId;
    if (!this.#deps.feed.isWatched(roomId)) return;
    // State that came with it is known when it is delivered.
    queueMicrotask(() => this.#take(event, roomId));
  }

  #take(event: MatrixEvent, roomId: RoomId): void {
    const { client, clock, feed, logger } = this.#deps;
    const parsed = toSyncEvent(event, clock.nowMs());
    if (!parsed || parsed.stateKey !== undefined) return;
    if (!event.isEncrypted()) return feed.take(roomId, [parsed]);
    feed.take(roomId, [{ ...parsed, type: EVENT_TYPES.encrypted, content: event.getWireContent() }]);
    // The client decrypts by itself only what it counts as unread.
    client.decryptEventIfNeeded(event).catch((error: unknown) => logger.debug("an event cannot be read", { error }));
    this.#noteReadable(event);
  }

  #noteReadable(event: MatrixEvent): void {
    const { feed, logger } = this.#deps;
    const [roomId, eventId] = [event.getRoomId() as RoomId | undefined, event.getId()];
    if (roomId === undefined || eventId === undefined || event.isDecryptionFailure()) return;
    if (event.isBeingDecrypted() || event.getClearContent() === null) return;
    if (!feed.awaits(roomId, eventId as Parameters<EventFeed["awaits"]>[1])) return;
    if (this.#lookUps.length >= MAX_LOOK_UPS) return logger.warn("an encrypted event was dropped: too many wait");
    this.#lookUps
      .run(() => this.#resolve(roomId, event))
      .catch((error: unknown) => logger.warn("an encrypted event was dropped", { error }));
  }

  async #resolve(roomId: RoomId, event: MatrixEvent): Promise<void> {
    const { client, clock, devices, feed, logger } = this.#deps;
    const parsed = toSyncEvent(event, clock.nowMs());
    if (!parsed) return;
    const info = await client.getCrypto()?.getEncryptionInfoForEvent(event);
    if (info?.shieldReason === EventShieldReason.MISMATCHED_SENDER) {
      logger.warn("an encrypted event was dropped: it is not of its sender", { eventId: parsed.eventId });
      return feed.drop(roomId, parsed.eventId);
    }
    const encryptedBy = await devices?.findByKey(parsed.sender, event.getSenderKey());
    feed.resolve(roomId, encryptedBy === undefined ? parsed : { ...parsed, encryptedBy });
  }
}

type TimelineArguments = [
  event: MatrixEvent,
  room: Room | undefined,
  toStartOfTimeline: boolean | undefined,
  removed: boolean,
  data: IRoomTimelineData,
];
