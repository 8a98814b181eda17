import {
  Emitter,
  computed,
  signal,
  sleep,
  type Happening,
  type ReadonlySignal,
  type Scope,
  type WritableSignal,
} from "@conclave/kit";

import { CALL_EVENTS } from "../callEvents.ts";
import { MatrixRtcError } from "../errors.ts";
import type { DelayId, EventId, RoomId } from "../ids.ts";
import type {
  DeliveryOutcome,
  DeviceAddress,
  DeviceFacts,
  MatrixFeatures,
  MatrixPort,
  MatrixSelf,
  OpenIdToken,
  RecentEvents,
  RelationQuery,
  RoomEvent,
  RoomView,
  ToDeviceMessage,
} from "../ports.ts";
import type { FakeMatrix } from "./FakeMatrix.ts";

/** The operations of `MatrixPort` that are requests. */
export type FakeRequest =
  | "readFeatures"
  | "readTransports"
  | "readWellKnownFoci"
  | "sendState"
  | "scheduleState"
  | "sendEvent"
  | "scheduleEvent"
  | "redactEvent"
  | "readRecentEvents"
  | "readRelations"
  | "restartDelayed"
  | "sendDelayedNow"
  | "cancelDelayed"
  | "sendEncryptedToDevice"
  | "requestOpenIdToken";

/** One device on `FakeMatrix`. Counts its requests and fails or hangs them on demand. */
export class FakeMatrixUser implements MatrixPort {
  readonly self: MatrixSelf;
  /** Settable, to hold a device back. */
  cryptoReady: Promise<void> = Promise.resolve();
  /** Every request in order. */
  readonly requests: FakeRequest[] = [];
  /** Whether Olm would say that the owner cross-signed this device. */
  isCrossSigned = true;
  /** Whether the owner has a cross-signing identity. */
  ownerHasIdentity = true;
  signingKey = "signing key";
  /** How long a request takes to the homeserver, and its answer back. */
  latency: { readonly thereMs: number; readonly backMs: number } = { thereMs: 0, backMs: 0 };
  /** Devices that have no usable keys. */
  readonly unreachable: Set<string> = new Set();
  readonly #homeserver: FakeMatrix;
  readonly #isSyncing = signal(true);
  /** What this device saw of each room when it was cut off. */
  readonly #frozen: WritableSignal<ReadonlyMap<RoomId, RoomView> | undefined> = signal(undefined);
  readonly #watched = new Set<RoomId>();
  /** What would have been received meanwhile. */
  #held: (() => void)[] = [];
  readonly #received = new Emitter<ToDeviceMessage>();
  readonly #faults = new Map<FakeRequest, (() => Promise<void>)[]>();

  constructor(homeserver: FakeMatrix, self: MatrixSelf) {
    this.#homeserver = homeserver;
    this.self = self;
  }

  get isSyncing(): ReadonlySignal<boolean> {
    return this.#isSyncing;
  }

  get toDeviceReceived(): Happening<ToDeviceMessage> {
    return this.#received;
  }

  setSyncing(isSyncing: boolean): void {
    this.#isSyncing.set(isSyncing);
  }

  receive(message: ToDeviceMessage): void {
    this.#whenInTouch(() => this.#received.emit(message));
  }

  /** Loses the way to the homeserver: requests fail, nothing new is seen, messages wait. */
  cutOff(): void {
    if (this.#frozen.get()) return;
    const rooms = [...this.#watched].flatMap((roomId) => this.#homeserver.room(roomId) ?? []);
    this.#frozen.set(new Map(rooms.map((room) => [room.roomId, room.view.get()])));
    this.setSyncing(false);
  }

  /** Finds the way again and catches up. */
  reconnect(): void {
    if (!this.#frozen.get()) return;
    this.#frozen.set(undefined);
    this.setSyncing(true);
    const held = this.#held;
    this.#held = [];
    for (const receive of held) receive();
  }

  /** The next request of this kind fails with `error`, before the homeserver sees it. */
  failNext(request: FakeRequest, error: MatrixRtcError): void {
    this.#addFault(request, () => Promise.reject(error));
  }

  /** The next request of this kind waits until the returned function is called. */
  holdNext(request: FakeRequest): () => void {
    const opened: { open?: () => void } = {};
    const gate = new Promise<void>((resolve) => {
      opened.open = resolve;
    });
    this.#addFault(request, () => gate);
    return () => opened.open?.();
  }

  watchRoom(roomId: RoomId, _scope: Scope): ReadonlySignal<RoomView | undefined> {
    this.#watched.add(roomId);
    return computed(() => {
      const frozen = this.#frozen.get();
      const view = frozen ? frozen.get(roomId) : this.#homeserver.room(roomId)?.view.get();
      return view?.joined.has(this.self.userId) ? view : undefined;
    });
  }

  watchEvents(roomId: RoomId, scope: Scope): Happening<RoomEvent> {
    const events = new Emitter<RoomEvent>();
    const room = this.#homeserver.room(roomId);
    room?.events.on(scope, (event) => {
      if (room.view.get().joined.has(this.self.userId)) this.#whenInTouch(() => events.emit(event));
    });
    return events;
  }

  readRecentEvents(roomId: RoomId, type: string): Promise<RecentEvents> {
    const none: RecentEvents = { events: [], isAll: true };
    return this.#request("readRecentEvents", () => this.#homeserver.room(roomId)?.recent(type) ?? none);
  }

  readRelations(roomId: RoomId, query: RelationQuery): Promise<readonly RoomEvent[]> {
    return this.#request("readRelations", () => this.#homeserver.room(roomId)?.relations(query) ?? []);
  }

  readFeatures(): Promise<MatrixFeatures> {
    return this.#request("readFeatures", () => this.#homeserver.features);
  }

  readTransports(): Promise<readonly unknown[]> {
    return this.#request("readTransports", () => this.#homeserver.transports);
  }

  readWellKnownFoci(): Promise<readonly unknown[]> {
    return this.#request("readWellKnownFoci", () => this.#homeserver.wellKnownFoci);
  }

  sendState(roomId: RoomId, type: string, stateKey: string, content: object): Promise<EventId> {
    const write = { roomId, type, stateKey, content };
    return this.#request("sendState", () => this.#homeserver.putState(this.self.userId, write));
  }

  // The port's own signature has five parts; grouping them would only move them.
  scheduleState(...args: Parameters<MatrixPort["scheduleState"]>): Promise<DelayId> {
    const [roomId, type, stateKey, content, delayMs] = args;
    const write = { roomId, type, stateKey, content };
    return this.#request("scheduleState", () => this.#homeserver.schedule(this.self, write, delayMs));
  }

  // As the port has it.
  sendEvent(...[roomId, type, content, options]: Parameters<MatrixPort["sendEvent"]>): Promise<EventId> {
    const write = { roomId, type, content, stickyForMs: options?.stickyForMs };
    return this.#request("sendEvent", () => this.#homeserver.putEvent(this.self, write));
  }

  scheduleEvent(...[roomId, type, content, options]: Parameters<MatrixPort["scheduleEvent"]>): Promise<DelayId> {
    const write = { roomId, type, content, stickyForMs: options.stickyForMs };
    return this.#request("scheduleEvent", () => this.#homeserver.schedule(this.self, write, options.delayMs));
  }

  redactEvent(roomId: RoomId, eventId: EventId): Promise<void> {
    const write = { roomId, type: CALL_EVENTS.redaction, content: {}, redacts: eventId };
    return this.#request("redactEvent", () => void this.#homeserver.putEvent(this.self, write));
  }

  restartDelayed(delayId: DelayId, signal?: AbortSignal): Promise<void> {
    return abortable(
      this.#request("restartDelayed", () => this.#homeserver.restartDelayed(delayId)),
      signal,
    );
  }

  sendDelayedNow(delayId: DelayId): Promise<void> {
    return this.#request("sendDelayedNow", () => this.#homeserver.sendDelayedNow(delayId));
  }

  cancelDelayed(delayId: DelayId): Promise<void> {
    return this.#request("cancelDelayed", () => this.#homeserver.cancelDelayed(delayId));
  }

  sendEncryptedToDevice(
    type: string,
    recipients: readonly DeviceAddress[],
    content: object,
  ): Promise<readonly DeliveryOutcome[]> {
    return this.#request("sendEncryptedToDevice", () => recipients.map((to) => this.#deliver(type, to, content)));
  }

  async readDeviceFacts(devices: readonly DeviceAddress[]): Promise<readonly DeviceFacts[]> {
    return devices.flatMap((address) => {
      const device = this.#homeserver.find(address);
      if (!device) return [];
      const { isCrossSigned, ownerHasIdentity, signingKey } = device;
      return [{ ...address, isCrossSigned, ownerHasIdentity, signingKey }];
    });
  }

  prepareSessions(): Promise<void> {
    return Promise.resolve();
  }

  requestOpenIdToken(): Promise<OpenIdToken> {
    return this.#request("requestOpenIdToken", () => ({
      access_token: `openid-${this.#homeserver.nextSerial()}`,
      token_type: "Bearer",
      matrix_server_name: this.self.userId.slice(this.self.userId.indexOf(":") + 1),
      expires_in: 3_600,
    }));
  }

  #whenInTouch(receive: () => void): void {
    if (this.#frozen.get()) this.#held.push(receive);
    else receive();
  }

  #deliver(type: string, to: DeviceAddress, content: object): DeliveryOutcome {
    if (this.unreachable.has(to.deviceId) || !this.#homeserver.deviceExists(to)) return { to, result: "unreachable" };
    this.#homeserver.deliver(to, {
      type,
      sender: this.self.userId,
      content: structuredClone(content),
      encryptedBy: { deviceId: this.self.deviceId, isCrossSigned: this.isCrossSigned },
    });
    return { to, result: "sent" };
  }

  async #request<T>(name: FakeRequest, answer: () => T): Promise<T> {
    this.requests.push(name);
    await this.#faults.get(name)?.shift()?.();
    const { thereMs, backMs } = this.latency;
    if (thereMs > 0) await sleep(this.#homeserver.clock, thereMs);
    this.#homeserver.assertReachable();
    if (this.#frozen.get()) throw new MatrixRtcError("homeserver_unreachable", "Cut off", { retryable: true });
    try {
      return answer();
    } finally {
      if (backMs > 0) await sleep(this.#homeserver.clock, backMs);
    }
  }

  #addFault(request: FakeRequest, fault: () => Promise<void>): void {
    this.#faults.set(request, [...(this.#faults.get(request) ?? []), fault]);
  }
}

function abortable<T>(request: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return request;
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => {
      reject(new MatrixRtcError("homeserver_unreachable", "Aborted", { retryable: true, cause: signal.reason }));
    });
    request.then(resolve, reject);
  });
}
