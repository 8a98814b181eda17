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
  type DelayId,
  type DeliveryOutcome,
  type DeviceAddress,
  type DeviceId,
  type EventId,
  type MatrixFeatures,
  MatrixRtcError,
  type MatrixSelf,
  type OpenIdToken,
  type RoomId,
  type RoomView,
  type ToDeviceMessage,
  type UserId,
} from "@conclave/matrix-rtc";

import type { MatrixHttpOptions, MatrixSession } from "../../matrixAccount.ts";
import { createCallRoom, joinRoom } from "./callRooms.ts";
import { manageDelayed, scheduleState, sendState } from "./delayedEvents.ts";
import { readFeatures, readTransports, readWellKnownFoci } from "./discovery.ts";
import { HomeserverClient, matrixPath } from "./HomeserverClient.ts";
import { numberAt, stringAt } from "./json.ts";
import type { Olm } from "./olm/loadOlm.ts";
import { OlmDevice } from "./olm/OlmDevice.ts";
import type { OpenedAccount } from "./openAccount.ts";
import type { SyncDelta } from "./parseSync.ts";
import { Rooms } from "./Rooms.ts";
import { SyncLoop } from "./SyncLoop.ts";

const TRANSACTION_PREFIX_BYTES = 6;
/** Syncs that may wait for decryption before the loop waits with them. */
const MAX_BACKLOG = 16;
const ROOM_ARRIVAL_MS = 20_000;

export interface MatrixHttpSessionDeps extends MatrixHttpOptions {
  readonly client: HomeserverClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly randomBytes: (lengthBytes: number) => Uint8Array<ArrayBuffer>;
  readonly scope: Scope;
  readonly opened: OpenedAccount;
  readonly olm: Promise<Olm>;
  /** False: the account ends with this session. */
  readonly isPersistent: boolean;
}

/** A running session: one sync loop, one Olm device, and requests. */
export class MatrixHttpSession implements MatrixSession {
  readonly self: MatrixSelf;
  readonly isSyncing: ReadonlySignal<boolean>;
  readonly toDeviceReceived: Happening<ToDeviceMessage>;
  readonly cryptoReady: Promise<void>;
  readonly #deps: MatrixHttpSessionDeps;
  readonly #rooms: Rooms;
  readonly #olm: OlmDevice;
  readonly #displayName: WritableSignal<string>;
  #features: Promise<MatrixFeatures> | undefined;

  constructor(deps: MatrixHttpSessionDeps) {
    const { client, clock, logger, scope, opened } = deps;
    this.#deps = deps;
    this.self = { userId: opened.account.userId as UserId, deviceId: opened.account.deviceId as DeviceId };
    this.#displayName = signal(opened.account.displayName ?? "");
    this.#rooms = new Rooms(clock, scope);
    this.#olm = new OlmDevice({
      ...deps,
      self: this.self,
      storeName: opened.storeName,
      isNewDevice: opened.isNewDevice,
      nextTransactionId: transactionIds(deps.randomBytes),
      onStickyDecrypted: (roomId, event) => this.#rooms.addEvent(roomId, event),
    });
    this.cryptoReady = this.#olm.ready;
    this.toDeviceReceived = this.#olm.received;
    const loop = new SyncLoop({
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
    const room = this.#rooms.watch(roomId, scope);
    this.#trackMembers();
    return room;
  }

  async readFeatures(): Promise<MatrixFeatures> {
    this.#features ??= readFeatures(this.#deps.client);
    try {
      return await this.#features;
    } catch (error) {
      this.#features = undefined;
      throw error;
    }
  }

  readTransports(): Promise<readonly unknown[]> {
    return readTransports(this.#deps.client);
  }

  readWellKnownFoci(): Promise<readonly unknown[]> {
    const { client, clock, fetch, scope } = this.#deps;
    const openElsewhere = (homeserverUrl: string): HomeserverClient =>
      new HomeserverClient({ homeserverUrl, fetch, clock, signal: scope.signal });
    return readWellKnownFoci(client, openElsewhere, this.#serverName());
  }

  sendState(roomId: RoomId, type: string, stateKey: string, content: object): Promise<EventId> {
    return sendState(this.#deps.client, { roomId, type, stateKey, content });
  }

  // The port's signature; five parameters are what a scheduled state event needs.
  scheduleState(...[roomId, type, stateKey, content, delayMs]: ScheduleArguments): Promise<DelayId> {
    return scheduleState(this.#deps.client, { roomId, type, stateKey, content }, delayMs);
  }

  restartDelayed(delayId: DelayId, signal?: AbortSignal): Promise<void> {
    return manageDelayed(this.#deps.client, delayId, "restart", signal);
  }

  sendDelayedNow(delayId: DelayId): Promise<void> {
    return manageDelayed(this.#deps.client, delayId, "send");
  }

  cancelDelayed(delayId: DelayId): Promise<void> {
    return manageDelayed(this.#deps.client, delayId, "cancel");
  }

  sendEncryptedToDevice(
    type: string,
    recipients: readonly DeviceAddress[],
    content: object,
  ): Promise<readonly DeliveryOutcome[]> {
    return this.#olm.send(type, recipients, content);
  }

  prepareSessions(recipients: readonly DeviceAddress[]): Promise<void> {
    return this.#olm.prepare(recipients);
  }

  async requestOpenIdToken(): Promise<OpenIdToken> {
    const path = matrixPath("/_matrix/client/v3/user", this.self.userId);
    const body = await this.#deps.client.json({ method: "POST", path: `${path}/openid/request_token`, body: {} });
    const [access_token, matrix_server_name] = [stringAt(body, "access_token"), stringAt(body, "matrix_server_name")];
    if (access_token === undefined || matrix_server_name === undefined) {
      throw new MatrixRtcError("homeserver_refused", "The OpenID token is incomplete");
    }
    const token_type = stringAt(body, "token_type") ?? "Bearer";
    return { access_token, matrix_server_name, token_type, expires_in: numberAt(body, "expires_in") ?? 0 };
  }

  async setDisplayName(name: string): Promise<void> {
    const { account, client, isPersistent, opened } = this.#deps;
    const path = matrixPath("/_matrix/client/v3/profile", this.self.userId, "displayname");
    await client.json({ method: "PUT", path, body: { displayname: name } });
    this.#displayName.set(name);
    if (isPersistent) await account.save({ ...opened.account, displayName: name });
  }

  async createCallRoom(options: { readonly linkId: string; readonly name?: string }): Promise<RoomId> {
    const roomId = await createCallRoom(this.#deps.client, options.linkId, options.name);
    // A room may arrive half made; nobody must take it for one without encryption.
    return this.#arrived(roomId, (view) => view.isEncrypted && view.name === (options.name ?? ""));
  }

  joinByLink(linkId: string): Promise<RoomId> {
    return this.joinRoom(`#${linkId}:${this.#serverName()}`);
  }

  async joinRoom(roomIdOrAlias: string): Promise<RoomId> {
    return this.#arrived(await joinRoom(this.#deps.client, roomIdOrAlias));
  }

  async #take(delta: SyncDelta, isFirst: boolean): Promise<void> {
    this.#rooms.apply(delta);
    const received = this.#olm.receive(delta, isFirst);
    this.#trackMembers();
    // The next request tells the server to forget these messages: they must be in the crypto store before.
    if (delta.crypto.toDevice.length > 0 || this.#olm.backlog > MAX_BACKLOG) await received;
  }

  /** Devices of people in encrypted rooms that somebody looks at are learnt before they are needed. */
  #trackMembers(): void {
    for (const view of this.#rooms.watched()) {
      if (view.isEncrypted) void this.#olm.track(view.joined.keys());
    }
  }

  /** Waits until sync has brought the room. */
  async #arrived(roomId: RoomId, isComplete: (view: RoomView) => boolean = () => true): Promise<RoomId> {
    const { clock, scope } = this.#deps;
    const waiting = scope.child();
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

  #serverName(): string {
    return this.self.userId.slice(this.self.userId.indexOf(":") + 1);
  }
}

type ScheduleArguments = Parameters<MatrixSession["scheduleState"]>;

function transactionIds(randomBytes: (lengthBytes: number) => Uint8Array): () => string {
  const prefix = toHex(randomBytes(TRANSACTION_PREFIX_BYTES));
  let count = 0;
  return () => `${prefix}.${count++}`;
}
