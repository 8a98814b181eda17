import { signal, type ReadonlySignal, type WritableSignal } from "@conclave/kit";

import { MatrixRtcError } from "../errors.ts";
import type { EventId, RoomId, UserId } from "../ids.ts";
import { LEGACY_MEMBER_TYPE } from "../membership/legacyMembership.ts";
import type { RawEvent, RoomMemberProfile, RoomView } from "../ports.ts";

export interface FakeRoomOptions {
  readonly roomVersion?: string;
  readonly name?: string;
  readonly isEncrypted?: boolean;
}

const SLOT_TYPE = "org.matrix.msc4143.rtc.slot";

/** A room of `FakeMatrix`. */
export class FakeRoom {
  readonly roomId: RoomId;
  readonly #view: WritableSignal<RoomView>;

  constructor(roomId: RoomId, options: FakeRoomOptions) {
    this.roomId = roomId;
    this.#view = signal<RoomView>({
      roomId,
      roomVersion: options.roomVersion ?? "10",
      name: options.name ?? "Standup",
      isEncrypted: options.isEncrypted ?? true,
      joined: new Map(),
      callMembers: [],
      stickyMembers: [],
      slots: [],
    });
  }

  get view(): ReadonlySignal<RoomView> {
    return this.#view;
  }

  join(userId: UserId, profile: RoomMemberProfile = {}): void {
    this.#change({ joined: new Map([...this.#view.get().joined, [userId, profile]]) });
  }

  /** Leaves the room, or is removed from it. */
  part(userId: UserId): void {
    const joined = new Map(this.#view.get().joined);
    joined.delete(userId);
    this.#change({ joined });
  }

  encrypt(): void {
    this.#change({ isEncrypted: true });
  }

  /** Shows a sticky event until `unstick`. */
  stick(event: RawEvent): void {
    const others = this.#view.get().stickyMembers.filter((other) => stickyKey(other) !== stickyKey(event));
    this.#change({ stickyMembers: [...others, event] });
  }

  unstick(eventId: EventId): void {
    this.#change({ stickyMembers: this.#view.get().stickyMembers.filter((event) => event.eventId !== eventId) });
  }

  /** @throws {MatrixRtcError} `forbidden` if the sender is not joined or the state key is somebody else's */
  putState(event: RawEvent): void {
    const { stateKey = "", sender } = event;
    if (!this.#view.get().joined.has(sender)) throw new MatrixRtcError("forbidden", "Not joined");
    if (stateKey.startsWith("@") && stateKey !== sender && !this.#ownsState(stateKey, sender)) {
      throw new MatrixRtcError("forbidden", "The state key belongs to somebody else");
    }
    this.placeState(event);
  }

  /** Puts a state event into the room without any check. */
  placeState(event: RawEvent): void {
    if (event.type === LEGACY_MEMBER_TYPE) this.#change({ callMembers: replaced(this.#view.get().callMembers, event) });
    if (event.type === SLOT_TYPE) this.#change({ slots: replaced(this.#view.get().slots, event) });
  }

  #ownsState(stateKey: string, sender: UserId): boolean {
    return /^org\.matrix\.msc(3757|3779)\b/.test(this.#view.get().roomVersion) && stateKey.startsWith(`${sender}_`);
  }

  #change(part: Partial<RoomView>): void {
    this.#view.set({ ...this.#view.get(), ...part });
  }
}

function replaced(events: readonly RawEvent[], event: RawEvent): readonly RawEvent[] {
  return [...events.filter((other) => other.stateKey !== event.stateKey), event];
}

function stickyKey(event: RawEvent): string {
  const content = event.content as Readonly<Record<string, unknown>>;
  return JSON.stringify([event.sender, content["msc4354_sticky_key"] ?? event.eventId]);
}
