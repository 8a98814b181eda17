import type { Clock, Scope } from "@conclave/kit";
import type {
  DelayId,
  EventId,
  MatrixFeatures,
  MatrixPort,
  MatrixSelf,
  OpenIdToken,
  RecentEvents,
  RelationQuery,
  RoomEvent,
  RoomId,
} from "@conclave/matrix-rtc";

import { manageDelayed, sendState } from "./delayedEvents.ts";
import { readFeatures, readTransports, readWellKnownFoci } from "./discovery.ts";
import { HomeserverClient } from "./HomeserverClient.ts";
import { requestOpenIdToken } from "./openIdToken.ts";
import { readRecentEvents, readRelations, redactEvent } from "./roomEvents.ts";
import { StateScheduler } from "./StateScheduler.ts";
import { toRoomEvent } from "./toRoomEvent.ts";

export interface HomeserverRequestsDeps {
  /** Speaks as the account. */
  readonly client: HomeserverClient;
  /** Knows no account: for files at other addresses. */
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  readonly scope: Scope;
  readonly self: MatrixSelf;
  /** A fresh one for each request that may be repeated. */
  readonly nextTransactionId: () => string;
}

/** The operations of a `MatrixPort` that are a request and its answer, whoever keeps the account. */
export class HomeserverRequests implements Omit<MatrixPort, LiveParts> {
  readonly self: MatrixSelf;
  readonly #deps: HomeserverRequestsDeps;
  readonly #scheduler: StateScheduler;
  #features: Promise<MatrixFeatures> | undefined;

  constructor(deps: HomeserverRequestsDeps) {
    this.self = deps.self;
    this.#deps = deps;
    this.#scheduler = new StateScheduler(deps.client);
  }

  /** Asks once; a failure is forgotten. */
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
    return readWellKnownFoci(client, openElsewhere, this.serverName);
  }

  sendState(roomId: RoomId, type: string, stateKey: string, content: object): Promise<EventId> {
    return sendState(this.#deps.client, { roomId, type, stateKey, content });
  }

  // The port's signature; five parameters are what a scheduled state event needs.
  scheduleState(...[roomId, type, stateKey, content, delayMs]: ScheduleArguments): Promise<DelayId> {
    return this.#scheduler.schedule({ roomId, type, stateKey, content }, delayMs);
  }

  async readRecentEvents(roomId: RoomId, type: string): Promise<RecentEvents> {
    const { client, clock } = this.#deps;
    const { events, isAll } = await readRecentEvents(client, roomId, type);
    return { events: events.map((event) => toRoomEvent(event, clock.nowMs())), isAll };
  }

  async readRelations(roomId: RoomId, query: RelationQuery): Promise<readonly RoomEvent[]> {
    const { client, clock } = this.#deps;
    const events = await readRelations(client, roomId, query);
    return events.map((event) => toRoomEvent(event, clock.nowMs()));
  }

  redactEvent(roomId: RoomId, eventId: EventId): Promise<void> {
    return redactEvent(this.#deps.client, { roomId, eventId, transactionId: this.#deps.nextTransactionId() });
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

  requestOpenIdToken(): Promise<OpenIdToken> {
    return requestOpenIdToken(this.#deps.client, this.self.userId);
  }

  /** What follows the colon in the user's id. */
  protected get serverName(): string {
    return this.self.userId.slice(this.self.userId.indexOf(":") + 1);
  }
}

/** What needs more than requests: a running sync, or keys. */
type LiveParts =
  | "isSyncing"
  | "cryptoReady"
  | "watchRoom"
  | "watchEvents"
  | "sendEvent"
  | "scheduleEvent"
  | "toDeviceReceived"
  | "sendEncryptedToDevice"
  | "prepareSessions";

type ScheduleArguments = Parameters<MatrixPort["scheduleState"]>;
