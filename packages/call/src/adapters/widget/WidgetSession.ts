import { type Clock, type Happening, type Logger, type ReadonlySignal, type Scope, signal } from "@conclave/kit";
import {
  CALL_EVENTS,
  type DelayId,
  type DeliveryOutcome,
  type DeviceAddress,
  type EventId,
  type MatrixFeatures,
  type MatrixPort,
  MatrixRtcError,
  type MatrixSelf,
  type OpenIdToken,
  type RecentEvents,
  type RelationQuery,
  type RoomEvent,
  type RoomId,
  type RoomView,
  type SendOptions,
  type ToDeviceMessage,
} from "@conclave/matrix-rtc";

import { arrayAt, stringAt } from "../http/json.ts";
import { tryParseEvent } from "../http/parseSync.ts";
import { isRedacted } from "../http/roomEvents.ts";
import { toRoomEvent } from "../http/toRoomEvent.ts";
import { ACTIONS, VERSIONS } from "./actions.ts";
import type { Agreement } from "./Agreement.ts";
import { CAPABILITIES, sendEvent, sendState } from "./capabilities.ts";
import { toMatrixRtcError } from "./HostRefusal.ts";
import { OpenIdDesk } from "./OpenIdDesk.ts";
import { PublicHomeserver } from "./PublicHomeserver.ts";
import type { RequestOptions, WidgetData } from "./ports.ts";
import type { WidgetHost } from "./WidgetHost.ts";
import { WidgetRoom } from "./WidgetRoom.ts";
import { WidgetToDevice } from "./WidgetToDevice.ts";

const MAX_RELATIONS = 100;

export interface WidgetSessionDeps {
  readonly host: WidgetHost;
  readonly agreement: Agreement;
  readonly self: MatrixSelf;
  readonly roomId: RoomId;
  readonly baseUrl: string | undefined;
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly scope: Scope;
}

type DelayedAction = "restart" | "send" | "cancel";

/** A host's room, account and crypto as a `MatrixPort`, through the widget API. */
export class WidgetSession implements MatrixPort {
  readonly self: MatrixSelf;
  readonly isSyncing: ReadonlySignal<boolean>;
  /** The host encrypts, and was ready to before it opened us. */
  readonly cryptoReady: Promise<void> = Promise.resolve();
  readonly toDeviceReceived: Happening<ToDeviceMessage>;
  readonly #deps: WidgetSessionDeps;
  readonly #isInTouch = signal(true);
  readonly #room: WidgetRoom;
  readonly #toDevice: WidgetToDevice;
  readonly #openId: OpenIdDesk;
  readonly #homeserver: PublicHomeserver;

  constructor(deps: WidgetSessionDeps) {
    this.#deps = deps;
    this.self = deps.self;
    this.isSyncing = this.#isInTouch;
    this.#room = new WidgetRoom({ ...deps, onNews: () => this.#isInTouch.set(true) });
    this.#toDevice = new WidgetToDevice(deps);
    this.toDeviceReceived = this.#toDevice.received;
    this.#openId = new OpenIdDesk(deps, deps.scope);
    this.#homeserver = new PublicHomeserver(deps);
  }

  watchRoom(roomId: RoomId, scope: Scope): ReadonlySignal<RoomView | undefined> {
    return this.#room.watch(roomId, scope);
  }

  watchEvents(roomId: RoomId, scope: Scope): Happening<RoomEvent> {
    return this.#room.watchEvents(roomId, scope);
  }

  /** A host answers from the part of the timeline that it has loaded. */
  readRecentEvents(): Promise<RecentEvents> {
    return Promise.reject(new MatrixRtcError("unsupported", "A widget sees a part of the timeline only"));
  }

  async readRelations(roomId: RoomId, { eventId, relType, type }: RelationQuery): Promise<readonly RoomEvent[]> {
    this.#assertOwnRoom(roomId);
    const wanted = { event_id: eventId, rel_type: relType, event_type: type, room_id: roomId, limit: MAX_RELATIONS };
    const answer = await this.#ask(ACTIONS.readRelations, wanted);
    return arrayAt(answer, "chunk")
      .slice(0, MAX_RELATIONS)
      .map(tryParseEvent)
      .filter((event) => event !== undefined)
      .filter((event) => event.type === type && !isRedacted(event.raw))
      .map((event) => toRoomEvent(event, this.#deps.clock.nowMs()));
  }

  async readFeatures(): Promise<MatrixFeatures> {
    return this.#homeserver.features(await this.#deps.agreement.terms());
  }

  /** A host that cannot ask, or a homeserver without the endpoint, knows no transports. */
  async readTransports(): Promise<readonly unknown[]> {
    const { versions, capabilities } = await this.#deps.agreement.terms();
    if (!versions.has(VERSIONS.rtcTransports) || !capabilities.has(CAPABILITIES.rtcTransports)) return [];
    try {
      return arrayAt(await this.#ask(ACTIONS.getRtcTransports), "rtc_transports");
    } catch (error) {
      if (error instanceof MatrixRtcError && (error.code === "unsupported" || error.code === "not_found")) return [];
      throw error;
    }
  }

  readWellKnownFoci(): Promise<readonly unknown[]> {
    return this.#homeserver.wellKnownFoci(this.self.userId.slice(this.self.userId.indexOf(":") + 1));
  }

  // As the port has it.
  async sendState(...[roomId, type, stateKey, content]: Parameters<MatrixPort["sendState"]>): Promise<EventId> {
    await this.#mayIn(roomId, sendState(type, stateKey));
    return eventIdOf(await this.#send({ type, state_key: stateKey, content }));
  }

  async scheduleState(...parts: Parameters<MatrixPort["scheduleState"]>): Promise<DelayId> {
    const [roomId, type, stateKey, content, delayMs] = parts;
    await this.#mayIn(roomId, sendState(type, stateKey), CAPABILITIES.sendDelayed);
    return this.#schedule({ type, state_key: stateKey, content }, delayMs);
  }

  async sendEvent(...[roomId, type, content, options]: Parameters<MatrixPort["sendEvent"]>): Promise<EventId> {
    await this.#mayIn(roomId, sendEvent(type), ...stickyCapability(options));
    return eventIdOf(await this.#send({ type, content, ...stickyField(options) }));
  }

  async scheduleEvent(...[roomId, type, content, options]: Parameters<MatrixPort["scheduleEvent"]>): Promise<DelayId> {
    await this.#mayIn(roomId, sendEvent(type), CAPABILITIES.sendDelayed, ...stickyCapability(options));
    return this.#schedule({ type, content, ...stickyField(options) }, options.delayMs);
  }

  async redactEvent(roomId: RoomId, eventId: EventId): Promise<void> {
    await this.#mayIn(roomId, sendEvent(CALL_EVENTS.redaction));
    await this.#send({ type: CALL_EVENTS.redaction, content: { redacts: eventId } });
  }

  restartDelayed(delayId: DelayId, signal?: AbortSignal): Promise<void> {
    return this.#manage(delayId, "restart", signal);
  }

  sendDelayedNow(delayId: DelayId): Promise<void> {
    return this.#manage(delayId, "send");
  }

  cancelDelayed(delayId: DelayId): Promise<void> {
    return this.#manage(delayId, "cancel");
  }

  sendEncryptedToDevice(
    type: string,
    recipients: readonly DeviceAddress[],
    content: object,
  ): Promise<readonly DeliveryOutcome[]> {
    return this.#coded(ACTIONS.sendToDevice, () => this.#toDevice.send(type, recipients, content));
  }

  /** The host opens sessions when it needs them. */
  prepareSessions(): Promise<void> {
    return Promise.resolve();
  }

  requestOpenIdToken(): Promise<OpenIdToken> {
    return this.#coded(ACTIONS.getOpenId, () => this.#openId.ask());
  }

  #send(event: object, options?: RequestOptions): Promise<WidgetData> {
    return this.#ask(ACTIONS.sendEvent, { room_id: this.#deps.roomId, ...event }, options);
  }

  async #schedule(event: object, delayMs: number): Promise<DelayId> {
    const answer = await this.#send(
      { ...event, delay: Math.round(delayMs) },
      // Nobody knows of it any more: it must not fire.
      { onLate: (late) => this.#forgetSchedule(stringAt(late, "delay_id")) },
    );
    const delayId = stringAt(answer, "delay_id");
    // A host that does not know the field has just sent the event.
    if (delayId === undefined) throw new MatrixRtcError("unsupported", "The host does not delay events");
    return delayId as DelayId;
  }

  #forgetSchedule(delayId: string | undefined): void {
    if (delayId === undefined) return;
    this.cancelDelayed(delayId as DelayId).catch((error: unknown) =>
      this.#deps.logger.debug("a late delayed event was not cancelled", { error: String(error) }),
    );
  }

  async #manage(delayId: DelayId, action: DelayedAction, signal?: AbortSignal): Promise<void> {
    await this.#deps.agreement.require(CAPABILITIES.updateDelayed);
    await this.#ask(ACTIONS.updateDelayedEvent, { delay_id: delayId, action }, signal ? { signal } : {});
  }

  async #mayIn(roomId: RoomId, ...capabilities: readonly string[]): Promise<void> {
    this.#assertOwnRoom(roomId);
    await this.#deps.agreement.require(...capabilities);
  }

  #assertOwnRoom(roomId: RoomId): void {
    if (roomId !== this.#deps.roomId) throw new MatrixRtcError("forbidden", "A widget acts in its own room only");
  }

  #ask(action: string, data: object = {}, options: RequestOptions = {}): Promise<WidgetData> {
    return this.#coded(action, () => this.#deps.host.request(action, data, options));
  }

  async #coded<T>(action: string, ask: () => Promise<T>): Promise<T> {
    try {
      const answer = await ask();
      this.#isInTouch.set(true);
      return answer;
    } catch (error) {
      const coded = toMatrixRtcError(action, error, this.#deps.clock.nowMs());
      if (coded.code === "homeserver_unreachable") this.#isInTouch.set(false);
      throw coded;
    }
  }
}

function eventIdOf(answer: WidgetData): EventId {
  const eventId = stringAt(answer, "event_id");
  if (eventId === undefined) throw new MatrixRtcError("homeserver_refused", "The answer has no event_id");
  return eventId as EventId;
}

function stickyCapability({ stickyForMs }: SendOptions = {}): readonly string[] {
  return stickyForMs === undefined ? [] : [CAPABILITIES.sendSticky];
}

function stickyField({ stickyForMs }: SendOptions = {}): object {
  return stickyForMs === undefined ? {} : { sticky_duration_ms: Math.round(stickyForMs) };
}
