import { HTTPError, MatrixError, type MatrixClient, type Room } from "matrix-js-sdk";
import {
  type IOpenIDUpdate,
  type IReadEventRelationsResult,
  type IRoomEvent,
  type IRtcTransportsResult,
  type ISendDelayedEventDetails,
  type ISendEventDetails,
  type IWidgetApiErrorResponseDataDetails,
  OpenIDRequestState,
  type SimpleObservable,
  WidgetDriver,
} from "matrix-widget-api";

import type { Devices } from "./Devices.ts";
import { provenEvent, rawEvent } from "./rawEvent.ts";
import { type ContentMap, sendToDevices } from "./sendToDevices.ts";

const REDACTION = "m.room.redaction";
const TIMELINE = "org.matrix.msc2762.timeline:";

type Content = Record<string, never>;

/** Does for one widget, in one room, what it asks the account of this page to do. @see matrixrtc.md 13.4 */
export class HostDriver extends WidgetDriver {
  readonly #client: MatrixClient;
  readonly #devices: Devices;
  readonly #roomId: string;

  constructor(deps: { readonly client: MatrixClient; readonly devices: Devices }, roomId: string) {
    super();
    this.#client = deps.client;
    this.#devices = deps.devices;
    this.#roomId = roomId;
  }

  /** This page opened the widget itself: it may do what it asks for, in this room. */
  override validateCapabilities(requested: Set<string>): Promise<Set<string>> {
    const isAllowed = (name: string): boolean => !name.startsWith(TIMELINE) || name === `${TIMELINE}${this.#roomId}`;
    return Promise.resolve(new Set([...requested].filter(isAllowed)));
  }

  override async sendEvent(
    type: string,
    content: unknown,
    stateKey: string | null = null,
    roomId: string | null = null,
  ): Promise<ISendEventDetails> {
    const to = roomId ?? this.#roomId;
    const sent = await this.#send(to, type, content as Content, stateKey);
    return { roomId: to, eventId: sent.event_id };
  }

  #send(roomId: string, type: string, content: Content, stateKey: string | null): Promise<{ event_id: string }> {
    if (stateKey !== null) return this.#client.sendStateEvent(roomId, type as never, content as never, stateKey);
    // A redaction is a request of its own; the widget API writes it as an event.
    if (type === REDACTION) return this.#client.redactEvent(roomId, content["redacts"] ?? "");
    return this.#client.sendEvent(roomId, type as never, content as never);
  }

  override async sendStickyEvent(
    stickyDurationMs: number,
    type: string,
    content: unknown,
    roomId: string | null = null,
  ): Promise<ISendEventDetails> {
    const to = roomId ?? this.#roomId;
    const sent = await this.#client._unstable_sendStickyEvent(
      to,
      stickyDurationMs,
      null,
      type as never,
      content as never,
    );
    return { roomId: to, eventId: sent.event_id };
  }

  // The signature is the driver's.
  override async sendDelayedEvent(
    ...[delay, type, content, stateKey, roomId]: Parameters<WidgetDriver["sendDelayedEvent"]>
  ): Promise<ISendDelayedEventDetails> {
    const to = roomId ?? this.#roomId;
    const key = stateKey ?? undefined;
    const sent =
      key === undefined
        ? await this.#client._unstable_sendDelayedEvent(to, { delay }, null, type as never, content as never)
        : await this.#client._unstable_sendDelayedStateEvent(to, { delay }, type as never, content as never, key);
    return { roomId: to, delayId: sent.delay_id };
  }

  override async sendDelayedStickyEvent(
    ...[delay, stickyDurationMs, type, content, roomId]: Parameters<WidgetDriver["sendDelayedStickyEvent"]>
  ): Promise<ISendDelayedEventDetails> {
    const to = roomId ?? this.#roomId;
    const sent = await this.#client._unstable_sendStickyDelayedEvent(
      to,
      stickyDurationMs,
      { delay },
      null,
      type as never,
      content as never,
    );
    return { roomId: to, delayId: sent.delay_id };
  }

  override async cancelScheduledDelayedEvent(delayId: string): Promise<void> {
    await this.#client._unstable_cancelScheduledDelayedEvent(delayId);
  }

  override async restartScheduledDelayedEvent(delayId: string): Promise<void> {
    await this.#client._unstable_restartScheduledDelayedEvent(delayId);
  }

  override async sendScheduledDelayedEvent(delayId: string): Promise<void> {
    await this.#client._unstable_sendScheduledDelayedEvent(delayId);
  }

  override async sendToDevice(type: string, encrypted: boolean, contents: ContentMap): Promise<void> {
    if (encrypted) {
      await sendToDevices({ client: this.#client, devices: this.#devices }, type, contents);
      return;
    }
    const clear = Object.entries(contents).map(
      ([userId, byDevice]) => [userId, new Map(Object.entries(byDevice))] as const,
    );
    await this.#client.sendToDevice(type, new Map(clear) as never);
  }

  override readRoomTimeline(
    ...[roomId, type, msgtype, stateKey, limit, since]: Parameters<WidgetDriver["readRoomTimeline"]>
  ): Promise<IRoomEvent[]> {
    const found: IRoomEvent[] = [];
    for (const event of this.#room(roomId)?.getLiveTimeline().getEvents().toReversed() ?? []) {
      if ((limit > 0 && found.length >= limit) || (since !== undefined && event.getId() === since)) break;
      if (event.getType() !== type || event.isDecryptionFailure() || event.status !== null) continue;
      if (msgtype !== undefined && event.getContent()["msgtype"] !== msgtype) continue;
      if (stateKey !== undefined && event.getStateKey() !== stateKey) continue;
      found.push(rawEvent(event));
    }
    return Promise.resolve(found);
  }

  override readRoomState(roomId: string, type: string, stateKey: string | undefined): Promise<IRoomEvent[]> {
    const state = this.#room(roomId)?.currentState;
    const found = stateKey === undefined ? state?.getStateEvents(type) : state?.getStateEvents(type, stateKey);
    const events = Array.isArray(found) ? found : found ? [found] : [];
    return Promise.resolve(events.map(rawEvent));
  }

  override readStickyEvents(roomId: string): Promise<IRoomEvent[]> {
    const events = this.#room(roomId)?._unstable_getStickyEvents() ?? [];
    return Promise.all(Array.from(events, (event) => provenEvent(event, this.#devices)));
  }

  override async readEventRelations(
    ...[eventId, roomId, relType, type, from, to, limit, dir]: Parameters<WidgetDriver["readEventRelations"]>
  ): Promise<IReadEventRelationsResult> {
    const page = { from, to, limit, ...(dir === undefined ? {} : { dir: dir as never }) };
    const where = roomId ?? this.#roomId;
    const options = Object.fromEntries(Object.entries(page).filter(([, value]) => value !== undefined));
    const found = await this.#client.relations(where, eventId, relType ?? null, type ?? null, options);
    return {
      chunk: found.events.map(rawEvent),
      ...(found.nextBatch ? { nextBatch: found.nextBatch } : {}),
      ...(found.prevBatch ? { prevBatch: found.prevBatch } : {}),
    };
  }

  /** A call that this page opened may prove who calls, without a question. */
  override askOpenID(observer: SimpleObservable<IOpenIDUpdate>): void {
    this.#client.getOpenIdToken().then(
      (token) => observer.update({ state: OpenIDRequestState.Allowed, token }),
      () => observer.update({ state: OpenIDRequestState.Blocked }),
    );
  }

  override async getRtcTransports(): Promise<IRtcTransportsResult> {
    return { rtc_transports: await this.#client._unstable_getRTCTransports() };
  }

  override getRtcLivekitToken(data: never): Promise<never> {
    return this.#client._unstable_getLivekitToken(data) as Promise<never>;
  }

  override delegateRtcLivekitDelayedLeave(data: never): Promise<never> {
    return this.#client._unstable_delegateDelayedLeave(data) as Promise<never>;
  }

  override async downloadFile(uri: string): Promise<{ file: XMLHttpRequestBodyInit }> {
    const url = this.#client.mxcUrlToHttp(uri, undefined, undefined, undefined, false, true, true);
    const token = this.#client.getAccessToken();
    if (url === null) throw new Error("No such file");
    const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
    if (!response.ok) throw new HTTPError("The file did not come", response.status);
    return { file: await response.blob() };
  }

  override getKnownRooms(): string[] {
    return this.#client.getRooms().map((room) => room.roomId);
  }

  /** What the homeserver said goes back to the widget as it is: retries and the dead man's switch depend on it. */
  override processError(error: unknown): IWidgetApiErrorResponseDataDetails | undefined {
    if (error instanceof MatrixError) return { matrix_api_error: error.asWidgetApiErrorData() };
    if (!(error instanceof HTTPError) || error.httpStatus === undefined) return undefined;
    const response = { errcode: "M_UNKNOWN", error: "No details" };
    return { matrix_api_error: { http_status: error.httpStatus, http_headers: {}, url: "", response } };
  }

  #room(roomId: string): Room | undefined {
    return this.#client.getRoom(roomId) ?? undefined;
  }
}
