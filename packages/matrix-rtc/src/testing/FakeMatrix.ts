import type { Clock } from "@conclave/kit";

import { MatrixRtcError } from "../errors.ts";
import type { DelayId, DeviceId, EventId, RoomId, UserId } from "../ids.ts";
import type { DeviceAddress, MatrixFeatures, MatrixSelf, RawEvent, RoomEvent, ToDeviceMessage } from "../ports.ts";
import { FakeMatrixUser } from "./FakeMatrixUser.ts";
import { FakeRoom, type FakeRoomOptions } from "./FakeRoom.ts";

interface DelayedEvent {
  readonly delayId: DelayId;
  readonly delayMs: number;
  readonly sender: MatrixSelf;
  readonly write: StateWrite | MessageWrite;
  cancel: () => void;
}

/** A state event on its way in. */
export interface StateWrite {
  readonly roomId: RoomId;
  readonly type: string;
  readonly stateKey: string;
  readonly content: object;
}

/** A message event on its way in. */
export interface MessageWrite {
  readonly roomId: RoomId;
  readonly type: string;
  readonly content: object;
  readonly stickyForMs?: number | undefined;
  readonly redacts?: EventId;
}

export interface FakeMatrixOptions {
  readonly features?: MatrixFeatures;
  readonly transports?: readonly unknown[];
  readonly wellKnownFoci?: readonly unknown[];
}

/**
 * A homeserver in memory for tests: rooms, state, delayed events on the given clock, to-device messages. It checks what a
 * homeserver checks, and can misbehave on request: lose delayed events, go down, forge messages.
 */
export class FakeMatrix {
  readonly clock: Clock;
  features: MatrixFeatures;
  transports: readonly unknown[];
  wellKnownFoci: readonly unknown[];
  readonly #rooms = new Map<RoomId, FakeRoom>();
  readonly #users = new Map<string, FakeMatrixUser>();
  readonly #delayed = new Map<DelayId, DelayedEvent>();
  #overdue: DelayedEvent[] = [];
  #serial = 0;
  #isDown = false;

  constructor(clock: Clock, options: FakeMatrixOptions = {}) {
    this.clock = clock;
    this.features = options.features ?? { delayedEvents: true, stickyEvents: true };
    this.transports = options.transports ?? [];
    this.wellKnownFoci = options.wellKnownFoci ?? [];
  }

  /** Logs a device in. */
  connect(userId: string, deviceId: string): FakeMatrixUser {
    const self = { userId: userId as UserId, deviceId: deviceId as DeviceId };
    const user = new FakeMatrixUser(this, self);
    this.#users.set(addressKey(self), user);
    return user;
  }

  createRoom(options: FakeRoomOptions = {}): FakeRoom {
    const roomId = `!room${this.nextSerial()}:hs.example` as RoomId;
    const room = new FakeRoom(roomId, options);
    this.#rooms.set(roomId, room);
    return room;
  }

  room(roomId: RoomId): FakeRoom | undefined {
    return this.#rooms.get(roomId);
  }

  /** The number of delayed events that wait. */
  get scheduledCount(): number {
    return this.#delayed.size;
  }

  /** No request succeeds until `restart`; delayed events that fall due fire then, late rather than never. */
  goDown(): void {
    this.#isDown = true;
    for (const user of this.#users.values()) user.setSyncing(false);
  }

  /** Comes back with everything that was stored. */
  restart(): void {
    this.#isDown = false;
    const overdue = this.#overdue;
    this.#overdue = [];
    for (const delayed of overdue) this.#fire(delayed);
    for (const user of this.#users.values()) user.setSyncing(true);
  }

  /** Forgets all delayed events without firing them, as a homeserver that lost its database would. */
  loseDelayedEvents(): void {
    for (const delayed of this.#delayed.values()) delayed.cancel();
    this.#delayed.clear();
  }

  /** Delivers a to-device message exactly as given: cleartext, wrong device, whatever an attacker would send. */
  forgeToDevice(to: DeviceAddress, message: ToDeviceMessage): void {
    this.#users.get(addressKey(to))?.receive(message);
  }

  deviceExists(address: DeviceAddress): boolean {
    return this.#users.has(addressKey(address));
  }

  find(address: DeviceAddress): FakeMatrixUser | undefined {
    return this.#users.get(addressKey(address));
  }

  deliver(to: DeviceAddress, message: ToDeviceMessage): void {
    this.#users.get(addressKey(to))?.receive(message);
  }

  /** @throws {MatrixRtcError} while the homeserver is down */
  assertReachable(): void {
    if (this.#isDown) throw new MatrixRtcError("homeserver_unreachable", "The fake is down", { retryable: true });
  }

  /** Stores a state event. @throws {MatrixRtcError} `not_found`, `forbidden` */
  putState(sender: UserId, write: StateWrite): EventId {
    const room = this.#roomOrThrow(write.roomId);
    const event: RawEvent = {
      type: write.type,
      eventId: `$event${this.nextSerial()}` as EventId,
      sender,
      originServerTsMs: this.clock.nowMs(),
      content: structuredClone(write.content),
      stateKey: write.stateKey,
    };
    room.putState(event);
    this.#cancelForeignDelayed(sender, write);
    return event.eventId;
  }

  /** Stores a message event, which is sticky if it says so and stickiness is known here. @throws as `putState` */
  putEvent(sender: MatrixSelf, write: MessageWrite): EventId {
    const room = this.#roomOrThrow(write.roomId);
    const { stickyForMs } = write;
    const isSticky = stickyForMs !== undefined && this.features.stickyEvents;
    const event: RoomEvent = {
      type: write.type,
      eventId: `$event${this.nextSerial()}` as EventId,
      sender: sender.userId,
      originServerTsMs: this.clock.nowMs(),
      content: structuredClone(write.content),
      ...(isSticky ? { stickyForMs } : {}),
      ...(write.redacts === undefined ? {} : { redacts: write.redacts }),
      ...(room.encrypts(write.type) ? { encryptedBy: sender.deviceId } : {}),
    };
    room.addEvent(event);
    if (isSticky) this.clock.after(stickyForMs, () => room.unstick(event.eventId));
    return event.eventId;
  }

  schedule(sender: MatrixSelf, write: StateWrite | MessageWrite, delayMs: number): DelayId {
    if (!this.features.delayedEvents) throw new MatrixRtcError("unsupported", "No delayed events here");
    const { maxDelayMs = Infinity } = this.features;
    if (delayMs > maxDelayMs) throw new MatrixRtcError("forbidden", "Delay too long", { maxDelayMs });
    this.#roomOrThrow(write.roomId);
    const delayId = `delay${this.nextSerial()}` as DelayId;
    const delayed: DelayedEvent = { delayId, delayMs, sender, write, cancel: () => {} };
    this.#delayed.set(delayId, delayed);
    this.#arm(delayed);
    return delayId;
  }

  restartDelayed(delayId: DelayId): void {
    const delayed = this.#delayedOrThrow(delayId);
    delayed.cancel();
    this.#arm(delayed);
  }

  sendDelayedNow(delayId: DelayId): void {
    this.#fire(this.#delayedOrThrow(delayId));
  }

  cancelDelayed(delayId: DelayId): void {
    this.#delayedOrThrow(delayId).cancel();
    this.#delayed.delete(delayId);
  }

  nextSerial(): number {
    return ++this.#serial;
  }

  #arm(delayed: DelayedEvent): void {
    delayed.cancel = this.clock.after(delayed.delayMs, () => {
      if (this.#isDown) this.#overdue.push(delayed);
      else this.#fire(delayed);
    });
  }

  #fire(delayed: DelayedEvent): void {
    delayed.cancel();
    this.#delayed.delete(delayed.delayId);
    try {
      const { sender, write } = delayed;
      if ("stateKey" in write) this.putState(sender.userId, write);
      else this.putEvent(sender, write);
    } catch (error) {
      // The sender was removed meanwhile: authorisation is checked again when it fires.
      if (!(error instanceof MatrixRtcError)) throw error;
    }
  }

  // Only somebody else's state cancels (MSC4140 as implemented by Synapse).
  #cancelForeignDelayed(sender: UserId, { roomId, type, stateKey }: StateWrite): void {
    for (const delayed of this.#delayed.values()) {
      const { write } = delayed;
      const isSame =
        "stateKey" in write && write.roomId === roomId && write.type === type && write.stateKey === stateKey;
      if (!isSame || delayed.sender.userId === sender) continue;
      delayed.cancel();
      this.#delayed.delete(delayed.delayId);
    }
  }

  #roomOrThrow(roomId: RoomId): FakeRoom {
    const room = this.#rooms.get(roomId);
    if (!room) throw new MatrixRtcError("not_found", "No such room");
    return room;
  }

  #delayedOrThrow(delayId: DelayId): DelayedEvent {
    const delayed = this.#delayed.get(delayId);
    if (!delayed) throw new MatrixRtcError("not_found", "No such delayed event");
    return delayed;
  }
}

function addressKey({ userId, deviceId }: DeviceAddress): string {
  return JSON.stringify([userId, deviceId]);
}
