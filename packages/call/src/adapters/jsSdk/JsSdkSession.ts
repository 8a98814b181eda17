import { type Clock, type Happening, type Logger, type ReadonlySignal, type Scope, signal } from "@conclave/kit";
import {
  type DelayId,
  type DeliveryOutcome,
  type DeviceAddress,
  type DeviceFacts,
  type EventId,
  type MatrixPort,
  MatrixRtcError,
  type MatrixSelf,
  type RoomEvent,
  type RoomId,
  type RoomView,
  type ToDeviceMessage,
} from "@conclave/matrix-rtc";
import { ClientEvent, type MatrixClient, type SyncState } from "matrix-js-sdk";

import { EventFeed } from "../http/EventFeed.ts";
import { HomeserverClient } from "../http/HomeserverClient.ts";
import { HomeserverRequests } from "../http/HomeserverRequests.ts";
import { RoomSender } from "../http/RoomSender.ts";
import { authedFetch } from "./authedFetch.ts";
import { awaitPublishedKeys } from "./awaitPublishedKeys.ts";
import { DeviceBook } from "./DeviceBook.ts";
import { listen } from "./listen.ts";
import { LiveEvents } from "./LiveEvents.ts";
import { RoomFeed } from "./RoomFeed.ts";
import { sealForRoom } from "./sealForRoom.ts";
import { isInTouch } from "./syncState.ts";
import { ToDeviceReceiver } from "./ToDeviceReceiver.ts";
import { ToDeviceSender } from "./ToDeviceSender.ts";

export interface JsSdkSessionDeps {
  readonly client: MatrixClient;
  readonly self: MatrixSelf;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly scope: Scope;
}

/** A host's client as a `MatrixPort`: its sync and its crypto, and requests in its name. */
export class JsSdkSession extends HomeserverRequests implements MatrixPort {
  readonly isSyncing: ReadonlySignal<boolean>;
  readonly cryptoReady: Promise<void>;
  readonly toDeviceReceived: Happening<ToDeviceMessage>;
  readonly #logger: Logger;
  readonly #rooms: RoomFeed;
  readonly #events: EventFeed;
  readonly #messages: RoomSender;
  readonly #sender: ToDeviceSender | undefined;
  readonly #devices: DeviceBook | undefined;

  constructor(deps: JsSdkSessionDeps) {
    const { client, clock, logger, scope, self } = deps;
    const homeserver = openHomeserver(deps);
    const nextTransactionId = (): string => client.makeTxnId();
    super({ client: homeserver, fetch: plainFetch(client), clock, scope, self, nextTransactionId });
    this.#logger = logger;
    const crypto = client.getCrypto();
    const devices = crypto && new DeviceBook(client, crypto, scope);
    this.#devices = devices;
    this.isSyncing = watchSync(client, scope);
    this.#rooms = new RoomFeed({ ...deps, devices });
    this.toDeviceReceived = new ToDeviceReceiver({ ...deps, devices }).received;
    this.#sender =
      crypto && devices && new ToDeviceSender({ ...deps, crypto, devices, client: homeserver, nextTransactionId });
    this.#events = new EventFeed(deps);
    void new LiveEvents({ ...deps, devices, feed: this.#events });
    this.#messages = new RoomSender({
      client: homeserver,
      nextTransactionId,
      seal: (roomId, type, content) => sealForRoom(client, clock.nowMs(), { roomId, type, content }),
    });
    this.cryptoReady = awaitPublishedKeys({ ...deps, crypto, client: homeserver });
    this.cryptoReady.catch((error: unknown) => {
      if (!scope.isEnded) logger.error("encryption did not start", { error });
    });
  }

  watchRoom(roomId: RoomId, scope: Scope): ReadonlySignal<RoomView | undefined> {
    return this.#rooms.watch(roomId, scope);
  }

  watchEvents(roomId: RoomId, scope: Scope): Happening<RoomEvent> {
    return this.#events.watch(roomId, scope);
  }

  sendEvent(...event: Parameters<MatrixPort["sendEvent"]>): Promise<EventId> {
    return this.#messages.send(...event);
  }

  scheduleEvent(...event: Parameters<MatrixPort["scheduleEvent"]>): Promise<DelayId> {
    return this.#messages.schedule(...event);
  }

  async sendEncryptedToDevice(
    type: string,
    recipients: readonly DeviceAddress[],
    content: object,
  ): Promise<readonly DeliveryOutcome[]> {
    if (!this.#sender) throw new MatrixRtcError("unsupported", "The client was started without encryption");
    return this.#sender.send(type, recipients, content);
  }

  async readDeviceFacts(devices: readonly DeviceAddress[]): Promise<readonly DeviceFacts[]> {
    if (!this.#devices) throw new MatrixRtcError("unsupported", "The client was started without encryption");
    return this.#devices.facts(devices);
  }

  async prepareSessions(recipients: readonly DeviceAddress[]): Promise<void> {
    try {
      await this.#sender?.prepare(recipients);
    } catch (error) {
      this.#logger.debug("sessions could not be prepared", { error });
    }
  }
}

function openHomeserver({ client, clock, scope }: JsSdkSessionDeps): HomeserverClient {
  const homeserverUrl = client.getHomeserverUrl().replace(/\/+$/, "");
  return new HomeserverClient({
    homeserverUrl,
    fetch: authedFetch(client, homeserverUrl),
    clock,
    signal: scope.signal,
  });
}

/** The network of the client, without its account. */
function plainFetch(client: MatrixClient): typeof globalThis.fetch {
  return (input, init) => client.http.fetch(input instanceof Request ? input.url : input, init);
}

function watchSync(client: MatrixClient, scope: Scope): ReadonlySignal<boolean> {
  const isSyncing = signal(isInTouch(client.getSyncState()));
  listen(scope, client, ClientEvent.Sync, (state: SyncState) => isSyncing.set(isInTouch(state)));
  return isSyncing;
}
