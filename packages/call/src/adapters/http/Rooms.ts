import { type Clock, type ReadonlySignal, type Scope, signal, type WritableSignal } from "@conclave/kit";
import { MatrixRtcError, type RoomId, type RoomView } from "@conclave/matrix-rtc";

import type { EncryptedRoom } from "./olm/RoomEncryptor.ts";
import type { RoomDelta, SyncDelta, SyncEvent } from "./parseSync.ts";
import { RoomReducer } from "./RoomReducer.ts";

type RoomSignal = WritableSignal<RoomView | undefined>;

/** All rooms of the account, as live signals. */
export class Rooms {
  readonly #clock: Clock;
  readonly #reducers = new Map<RoomId, RoomReducer>();
  readonly #signals = new Map<RoomId, RoomSignal>();
  readonly #watchers = new Map<RoomId, number>();
  readonly #scope: Scope;
  #cancelExpiry: () => void = () => {};

  constructor(clock: Clock, scope: Scope) {
    this.#clock = clock;
    this.#scope = scope;
    scope.onEnd(() => this.#cancelExpiry());
  }

  /** The room's signal; forgotten when the last watcher's scope has ended and the room is not joined. */
  watch(roomId: RoomId, scope: Scope): ReadonlySignal<RoomView | undefined> {
    this.#watchers.set(roomId, (this.#watchers.get(roomId) ?? 0) + 1);
    scope.onEnd(() => this.#unwatch(roomId));
    return this.#signalOf(roomId);
  }

  /** Views of the rooms that somebody watches. */
  watched(): readonly RoomView[] {
    return Array.from(this.#watchers.keys(), (roomId) => this.#signals.get(roomId)?.get()).filter(
      (view) => view !== undefined,
    );
  }

  /** False until the first news of a room has been applied, and after it was left. */
  isKnown(roomId: RoomId): boolean {
    return this.#reducers.has(roomId);
  }

  /**
   * What has to be known to encrypt for the room; `undefined` if it is not encrypted.
   *
   * @throws {MatrixRtcError} `not_found`: the room is not known, so nothing may be said in it in clear
   */
  encryptionOf(roomId: RoomId): EncryptedRoom | undefined {
    const reducer = this.#reducers.get(roomId);
    if (!reducer) throw new MatrixRtcError("not_found", "The room is not known");
    const { encryption } = reducer;
    return encryption && { roomId, userIds: [...reducer.view().joined.keys()], settings: encryption.content };
  }

  apply(delta: Pick<SyncDelta, "joined" | "left">): void {
    for (const room of delta.joined) this.#applyRoom(room);
    for (const roomId of delta.left) this.#forget(roomId);
    this.#planExpiry();
  }

  /** Adds an event that became readable after its sync, such as a decrypted one. */
  addEvent(roomId: RoomId, event: SyncEvent): void {
    const reducer = this.#reducers.get(roomId);
    if (!reducer?.applyEvent(event, this.#clock.nowMs())) return;
    this.#signalOf(roomId).set(reducer.view());
    this.#planExpiry();
  }

  /** Forgets what is known of a room, without a word to those who still hold its signal. */
  drop(roomId: RoomId): void {
    this.#reducers.delete(roomId);
    this.#signals.delete(roomId);
    this.#planExpiry();
  }

  #applyRoom(delta: RoomDelta): void {
    const known = this.#reducers.get(delta.roomId);
    const reducer = known ?? new RoomReducer(delta.roomId);
    this.#reducers.set(delta.roomId, reducer);
    const changed = reducer.apply(delta, this.#clock.nowMs());
    if (changed || !known) this.#signalOf(delta.roomId).set(reducer.view());
  }

  #forget(roomId: RoomId): void {
    if (!this.#reducers.delete(roomId)) return;
    this.#signals.get(roomId)?.set(undefined);
    if (!this.#watchers.has(roomId)) this.#signals.delete(roomId);
  }

  #unwatch(roomId: RoomId): void {
    const left = (this.#watchers.get(roomId) ?? 1) - 1;
    if (left > 0) {
      this.#watchers.set(roomId, left);
      return;
    }
    this.#watchers.delete(roomId);
    if (!this.#reducers.has(roomId)) this.#signals.delete(roomId);
  }

  #signalOf(roomId: RoomId): RoomSignal {
    const known = this.#signals.get(roomId);
    if (known) return known;
    const created = signal<RoomView | undefined>(undefined);
    this.#signals.set(roomId, created);
    return created;
  }

  /** One timer for the sticky event that ends next, over all rooms. */
  #planExpiry(): void {
    this.#cancelExpiry();
    if (this.#scope.isEnded) return;
    const times = Array.from(this.#reducers.values(), (reducer) => reducer.nextExpiryMs);
    const next = times.reduce((a, b) => (a === undefined || (b !== undefined && b < a) ? b : a), undefined);
    if (next === undefined) return;
    this.#cancelExpiry = this.#clock.after(Math.max(0, next - this.#clock.nowMs()), () => this.#expire());
  }

  #expire(): void {
    const nowMs = this.#clock.nowMs();
    for (const [roomId, reducer] of this.#reducers) {
      if (reducer.expire(nowMs)) this.#signalOf(roomId).set(reducer.view());
    }
    this.#planExpiry();
  }
}
