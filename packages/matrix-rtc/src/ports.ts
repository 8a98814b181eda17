import type { Happening, ReadonlySignal, Scope } from "@conclave/kit";

import type { DelayId, DeviceId, EventId, RoomId, UserId } from "./ids.ts";

/** The account and device that the port acts for. */
export interface MatrixSelf {
  readonly userId: UserId;
  readonly deviceId: DeviceId;
}

/** A state or sticky event as it arrived; nothing in `content` has been checked. */
export interface RawEvent {
  readonly type: string;
  readonly eventId: EventId;
  readonly sender: UserId;
  readonly originServerTsMs: number;
  readonly content: unknown;
  /** Present on state events only. */
  readonly stateKey?: string;
  /** Sticky events only: how long the event stays current, by the server's clock, when it was received. */
  readonly stickyForMs?: number;
  /** The device that Olm or Megolm says encrypted it; absent for events in clear. */
  readonly encryptedBy?: DeviceId;
}

/** A message event of a room as it arrived, decrypted where it was encrypted; nothing in `content` has been checked. */
export interface RoomEvent extends RawEvent {
  /** Of redactions: the event that goes. */
  readonly redacts?: EventId;
}

export interface SendOptions {
  /** Makes it a sticky event (MSC4354) that stays current so long; at most an hour. */
  readonly stickyForMs?: number;
}

/** At most a hundred, the newest first. `isAll`: the room has had no others. */
export interface RecentEvents {
  readonly events: readonly RoomEvent[];
  readonly isAll: boolean;
}

/** Which events are asked for: those of one type that refer to an event in one way. */
export interface RelationQuery {
  readonly eventId: EventId;
  readonly relType: string;
  readonly type: string;
}

export interface RoomMemberProfile {
  readonly displayName?: string;
  readonly avatarUrl?: string;
}

/** What is true of a room now, reduced to what a call needs. A fresh object for each change. */
export interface RoomView {
  readonly roomId: RoomId;
  readonly roomVersion: string;
  readonly name: string;
  /** True as soon as the room has had an `m.room.encryption` event; never goes back to false. */
  readonly isEncrypted: boolean;
  /** Users whose membership is `join`. */
  readonly joined: ReadonlyMap<UserId, RoomMemberProfile>;
  /** Current `org.matrix.msc3401.call.member` state events, left ones included. */
  readonly callMembers: readonly RawEvent[];
  /** Current, unexpired sticky events of type `org.matrix.msc4143.rtc.member` (layer B). */
  readonly stickyMembers: readonly RawEvent[];
  /** Current `org.matrix.msc4143.rtc.slot` state events. */
  readonly slots: readonly RawEvent[];
}

/** A to-device message after decryption. `encryptedBy` is absent if it came in clear. */
export interface ToDeviceMessage {
  readonly type: string;
  readonly sender: UserId;
  readonly content: unknown;
  /** What the Olm session proves: the device that encrypted it, and whether its owner cross-signed that device. */
  readonly encryptedBy?: { readonly deviceId: DeviceId; readonly isCrossSigned: boolean };
}

export interface DeviceAddress {
  readonly userId: UserId;
  readonly deviceId: DeviceId;
}

/** What became of a message to one device. */
export type DeliveryOutcome =
  | { readonly to: DeviceAddress; readonly result: "sent" }
  /** The device has no usable keys, or is gone: trying again does not help until its keys change. */
  | { readonly to: DeviceAddress; readonly result: "unreachable" };

/** What is published of a device, as far as this device has verified it. */
export interface DeviceFacts extends DeviceAddress {
  /** Whether its owner has a cross-signing identity. */
  readonly ownerHasIdentity: boolean;
  readonly isCrossSigned: boolean;
  /** Its Ed25519 key, unpadded base64. */
  readonly signingKey: string;
}

export interface OpenIdToken {
  readonly access_token: string;
  readonly token_type: string;
  readonly matrix_server_name: string;
  readonly expires_in: number;
}

export interface MatrixFeatures {
  /** MSC4140: a dead man's switch is possible. */
  readonly delayedEvents: boolean;
  /** The longest delay the server accepts, where it says so. */
  readonly maxDelayMs?: number;
  /** MSC4354. */
  readonly stickyEvents: boolean;
}

/**
 * The homeserver operations that signalling needs, and nothing else. Three adapters implement it (plain HTTP,
 * matrix-js-sdk, widget); `matrixPortSuite` in `./testing` is the contract.
 *
 * Every promise rejects with `MatrixRtcError`: `homeserver_unreachable` (retryable), `rate_limited` (retryable, with
 * `retryAfterMs`), `not_found`, `forbidden`, `unsupported`, `homeserver_refused`; a delay that is too long carries
 * `maxDelayMs` where the homeserver says what it accepts.
 * Sends carry one transaction id per call, so that a retry inside the adapter never doubles an event; where a request has
 * none (scheduled state), an adapter that got no answer looks whether the first try was taken before it tries again.
 */
export interface MatrixPort {
  readonly self: MatrixSelf;
  /** False while the connection to the homeserver is known to be broken. */
  readonly isSyncing: ReadonlySignal<boolean>;
  /**
   * Resolves when this device can encrypt and others can encrypt for it: its keys are at the homeserver. A membership that
   * is announced before gets no keys from clients that do not try again. Rejects if encryption cannot be had.
   */
  readonly cryptoReady: Promise<void>;
  /** The room as this device knows it; `undefined` until it has arrived, or when the room was left. */
  watchRoom(roomId: RoomId, scope: Scope): ReadonlySignal<RoomView | undefined>;
  /**
   * Message events of the room of the types in `CALL_EVENT_TYPES`, from now on: once each, in the homeserver's order, own
   * ones included, encrypted ones as soon as they can be read.
   */
  watchEvents(roomId: RoomId, scope: Scope): Happening<RoomEvent>;
  /**
   * The newest message events of the room whose type on the wire is the one asked for, redacted ones left out. Rejects with
   * `unsupported` where only what somebody else has loaded can be asked for.
   */
  readRecentEvents(roomId: RoomId, type: string): Promise<RecentEvents>;
  /** Events whose type on the wire is the one asked for, redacted ones left out; at most a hundred. */
  readRelations(roomId: RoomId, query: RelationQuery): Promise<readonly RoomEvent[]>;
  readFeatures(): Promise<MatrixFeatures>;
  /** `GET …/rtc/transports` (both key spellings), unparsed entries in the server's order; empty if it knows none. */
  readTransports(): Promise<readonly unknown[]>;
  /** `org.matrix.msc4143.rtc_foci` of `.well-known/matrix/client`; empty if there is none. */
  readWellKnownFoci(): Promise<readonly unknown[]>;
  sendState(roomId: RoomId, type: string, stateKey: string, content: object): Promise<EventId>;
  scheduleState(roomId: RoomId, type: string, stateKey: string, content: object, delayMs: number): Promise<DelayId>;
  /**
   * Sends a message event. In an encrypted room it is encrypted (Megolm) for the devices of all joined users, `m.reaction`
   * excepted, which goes in clear everywhere.
   */
  sendEvent(roomId: RoomId, type: string, content: object, options?: SendOptions): Promise<EventId>;
  /** As `sendEvent`, later. */
  scheduleEvent(
    roomId: RoomId,
    type: string,
    content: object,
    options: SendOptions & { readonly delayMs: number },
  ): Promise<DelayId>;
  redactEvent(roomId: RoomId, eventId: EventId): Promise<void>;
  restartDelayed(delayId: DelayId, signal?: AbortSignal): Promise<void>;
  sendDelayedNow(delayId: DelayId): Promise<void>;
  cancelDelayed(delayId: DelayId): Promise<void>;
  /**
   * Olm-encrypts `content` for each device and sends it, many per request. One outcome per recipient, in order.
   * Rejects only if nothing was sent.
   */
  sendEncryptedToDevice(
    type: string,
    recipients: readonly DeviceAddress[],
    content: object,
  ): Promise<readonly DeliveryOutcome[]>;
  /**
   * What is known of these devices, those without published keys left out. Absent: somebody behind the port encrypts, and
   * decides whom to trust.
   */
  readDeviceFacts?(devices: readonly DeviceAddress[]): Promise<readonly DeviceFacts[]>;
  /** Opens Olm sessions ahead of time, so that the first key is one request away. Never rejects. */
  prepareSessions(recipients: readonly DeviceAddress[]): Promise<void>;
  readonly toDeviceReceived: Happening<ToDeviceMessage>;
  requestOpenIdToken(): Promise<OpenIdToken>;
}
