import {
  type Clock,
  type Happening,
  type Logger,
  type ReadonlySignal,
  type Scope,
  signal,
  toHex,
  until,
  type WritableSignal,
} from "@conclave/kit";
import {
  CALL_EVENTS,
  type DelayId,
  type DeliveryOutcome,
  type DeviceAddress,
  type DeviceFacts,
  type DeviceId,
  type EventId,
  type MatrixPort,
  MatrixRtcError,
  type RoomEvent,
  type RoomId,
  type RoomView,
  type ToDeviceMessage,
  type UserId,
} from "@conclave/matrix-rtc";

import type { MatrixHttpOptions, MatrixSession } from "../../matrixAccount.ts";
import type { AccountKeeper } from "./AccountKeeper.ts";
import { createCallRoom, joinRoom } from "./callRooms.ts";
import { EventFeed } from "./EventFeed.ts";
import { type HomeserverClient, matrixPath } from "./HomeserverClient.ts";
import { HomeserverRequests } from "./HomeserverRequests.ts";
import type { Olm } from "./olm/loadOlm.ts";
import { OlmDevice } from "./olm/OlmDevice.ts";
import type { OpenedAccount } from "./openAccount.ts";
import type { CryptoDelta, RoomDelta, SyncDelta, SyncEvent } from "./parseSync.ts";
import { readGap } from "./readGap.ts";
import { Rooms } from "./Rooms.ts";
import { RoomSender, type SealedContent } from "./RoomSender.ts";
import { SyncLoop } from "./SyncLoop.ts";
import type { SyncSource } from "./SyncSource.ts";

const TRANSACTION_PREFIX_BYTES = 6;
/** Syncs that may wait for decryption before the loop waits with them. */
const MAX_BACKLOG = 16;
const ROOM_ARRIVAL_MS = 20_000;
const NO_CRYPTO: CryptoDelta = {
  toDevice: [],
  changedUsers: [],
  leftUsers: [],
  oneTimeKeyCounts: undefined,
  unusedFallbackKeys: undefined,
};

export interface MatrixHttpSessionDeps extends MatrixHttpOptions {
  readonly client: HomeserverClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly randomBytes: (lengthBytes: number) => Uint8Array<ArrayBuffer>;
  readonly scope: Scope;
  readonly opened: OpenedAccount;
  readonly olm: Promise<Olm>;
  readonly keeper: AccountKeeper;
  readonly source: SyncSource;
}

/** A running session: one sync loop, one Olm device, and requests. */
export class MatrixHttpSession extends HomeserverRequests implements MatrixSession {
  readonly isSyncing: ReadonlySignal<boolean>;
  readonly toDeviceReceived: Happening<ToDeviceMessage>;
  readonly cryptoReady: Promise<void>;
  readonly #deps: MatrixHttpSessionDeps;
  readonly #rooms: Rooms;
  readonly #olm: OlmDevice;
  readonly #events: EventFeed;
  readonly #sender: RoomSender;
  readonly #displayName: WritableSignal<string>;

  constructor(deps: MatrixHttpSessionDeps) {
    const { client, clock, logger, scope, opened } = deps;
    const nextTransactionId = transactionIds(deps.randomBytes);
    super({
      ...deps,
      nextTransactionId,
      self: { userId: opened.account.userId as UserId, deviceId: opened.account.deviceId as DeviceId },
    });
    this.#deps = deps;
    this.#displayName = signal(opened.account.displayName ?? "");
    this.#rooms = new Rooms(clock, scope);
    this.#events = new EventFeed(deps);
    this.#olm = new OlmDevice({
      ...deps,
      self: this.self,
      storeName: opened.storeName,
      isNewDevice: opened.isNewDevice,
      nextTransactionId,
      isAwaited: (roomId, eventId) => this.#events.awaits(roomId, eventId),
      onDecrypted: (roomId, event) => this.#takeDecrypted(roomId, event),
      onForged: (roomId, eventId) => this.#events.drop(roomId, eventId),
    });
    this.#sender = new RoomSender({ client, nextTransactionId, seal: (...event) => this.#seal(...event) });
    this.cryptoReady = this.#olm.ready;
    this.toDeviceReceived = this.#olm.received;
    const loop = new SyncLoop({
      source: deps.source,
      client,
      clock,
      logger,
      scope,
      onDelta: (delta, isFirst) => this.#take(delta, isFirst),
    });
    this.isSyncing = loop.isSyncing;
    void loop.run(opened.firstSync);
  }

  get userId(): UserId {
    return this.self.userId;
  }

  get displayName(): ReadonlySignal<string> {
    return this.#displayName;
  }

  watchRoom(roomId: RoomId, scope: Scope): ReadonlySignal<RoomView | undefined> {
    this.#deps.source.want(roomId);
    const room = this.#rooms.watch(roomId, scope);
    this.#trackMembers();
    return room;
  }

  watchEvents(roomId: RoomId, scope: Scope): Happening<RoomEvent> {
    this.#deps.source.want(roomId);
    return this.#events.watch(roomId, scope);
  }

  sendEvent(...event: Parameters<MatrixPort["sendEvent"]>): Promise<EventId> {
    return this.#sender.send(...event);
  }

  scheduleEvent(...event: Parameters<MatrixPort["scheduleEvent"]>): Promise<DelayId> {
    return this.#sender.schedule(...event);
  }

  sendEncryptedToDevice(
    type: string,
    recipients: readonly DeviceAddress[],
    content: object,
  ): Promise<readonly DeliveryOutcome[]> {
    return this.#olm.send(type, recipients, content);
  }

  readDeviceFacts(devices: readonly DeviceAddress[]): Promise<readonly DeviceFacts[]> {
    return this.#olm.facts(devices);
  }

  prepareSessions(recipients: readonly DeviceAddress[]): Promise<void> {
    return this.#olm.prepare(recipients);
  }

  async setDisplayName(name: string): Promise<void> {
    const { client, keeper } = this.#deps;
    const path = matrixPath("/_matrix/client/v3/profile", this.self.userId, "displayname");
    await client.json({ method: "PUT", path, body: { displayname: name } });
    this.#displayName.set(name);
    await keeper.update({ displayName: name });
  }

  async createCallRoom(options: { readonly linkId: string; readonly name?: string }): Promise<RoomId> {
    const roomId = await createCallRoom(this.#deps.client, { ...options, serverName: this.serverName });
    // A room may arrive half made; nobody must take it for one without encryption.
    return this.#arrived(roomId, (view) => view.isEncrypted && view.name === (options.name ?? ""));
  }

  joinByLink(linkId: string): Promise<RoomId> {
    return this.joinRoom(`#${linkId}:${this.serverName}`);
  }

  async joinRoom(roomIdOrAlias: string): Promise<RoomId> {
    // What is wanted before it is joined comes with the join.
    if (roomIdOrAlias.startsWith("!")) this.#deps.source.want(roomIdOrAlias as RoomId);
    return this.#arrived(await joinRoom(this.#deps.client, roomIdOrAlias));
  }

  async #take(delta: SyncDelta, isFirst: boolean): Promise<void> {
    const hasGap = ({ roomId, gap }: RoomDelta): boolean =>
      gap !== undefined && this.#rooms.isKnown(roomId) && this.#events.isWatched(roomId);
    const cut = delta.joined.filter(hasGap);
    // Keys and state must not wait for what is fetched; what was said has an order, so it does.
    const joined = delta.joined.map((room) => (cut.includes(room) ? { ...room, events: [] } : room));
    await this.#takeWhole({ ...delta, joined }, isFirst);
    if (cut.length === 0) return;
    const healed = await Promise.all(cut.map((room) => this.#fillGap(room)));
    await this.#takeWhole({ nextBatch: delta.nextBatch, joined: healed, left: [], crypto: NO_CRYPTO }, false);
  }

  async #fillGap({ roomId, events, gap }: RoomDelta): Promise<RoomDelta> {
    const { client, logger } = this.#deps;
    try {
      const before = gap ? await readGap(client, roomId, gap) : [];
      return { roomId, state: [], events: [...before, ...events] };
    } catch (error) {
      logger.warn("what was said in a gap is lost", { error });
      return { roomId, state: [], events };
    }
  }

  async #takeWhole(delta: SyncDelta, isFirst: boolean): Promise<void> {
    const known = new Set(delta.joined.map(({ roomId }) => roomId).filter((roomId) => this.#rooms.isKnown(roomId)));
    this.#rooms.apply(delta);
    for (const { roomId, events } of delta.joined) {
      // What the first news of a room bring is its past.
      if (!known.has(roomId)) this.#events.skip(roomId, events);
      else if (isFirst) this.#events.catchUp(roomId, events);
      else this.#events.take(roomId, events);
    }
    const received = this.#olm.receive(delta, isFirst);
    this.#trackMembers();
    // The next request tells the server to forget these messages: they must be in the crypto store before.
    if (delta.crypto.toDevice.length > 0 || this.#olm.backlog > MAX_BACKLOG) await received;
  }

  #takeDecrypted(roomId: RoomId, event: SyncEvent): void {
    this.#rooms.addEvent(roomId, event);
    this.#events.resolve(roomId, event);
  }

  async #seal(roomId: RoomId, type: string, content: object): Promise<SealedContent> {
    const room = type === CALL_EVENTS.annotation ? undefined : this.#rooms.encryptionOf(roomId);
    return room ? this.#olm.encrypt(room, type, content) : { type, content };
  }

  /** Devices of people in encrypted rooms that somebody looks at are learnt before they are needed. */
  #trackMembers(): void {
    for (const view of this.#rooms.watched()) {
      if (view.isEncrypted) void this.#olm.track(view.joined.keys());
    }
  }

  /** Waits until sync has brought the room. */
  async #arrived(roomId: RoomId, isComplete: (view: RoomView) => boolean = () => true): Promise<RoomId> {
    const { clock, scope, source } = this.#deps;
    const waiting = scope.child();
    source.want(roomId);
    const cancelTimer = clock.after(ROOM_ARRIVAL_MS, () => void waiting.end());
    try {
      await until(waiting, this.#rooms.watch(roomId, waiting), (view) => view !== undefined && isComplete(view));
      return roomId;
    } catch (cause) {
      throw new MatrixRtcError("homeserver_unreachable", "The joined room did not arrive", { cause, retryable: true });
    } finally {
      cancelTimer();
      await waiting.end();
    }
  }
}

function transactionIds(randomBytes: (lengthBytes: number) => Uint8Array): () => string {
  const prefix = toHex(randomBytes(TRANSACTION_PREFIX_BYTES));
  let count = 0;
  return () => `${prefix}.${count++}`;
}
