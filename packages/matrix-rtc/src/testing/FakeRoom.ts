import { Emitter, signal, type Happening, type ReadonlySignal, type WritableSignal } from "@conclave/kit";

import { CALL_EVENT_TYPES, CALL_EVENTS } from "../callEvents.ts";
import { MatrixRtcError } from "../errors.ts";
import type { EventId, RoomId, UserId } from "../ids.ts";
import { LEGACY_MEMBER_TYPE } from "../membership/legacyMembership.ts";
import { isRecord } from "../json.ts";
import type { RawEvent, RecentEvents, RelationQuery, RoomEvent, RoomMemberProfile, RoomView } from "../ports.ts";

export interface FakeRoomOptions {
  readonly roomVersion?: string;
  readonly name?: string;
  readonly isEncrypted?: boolean;
}

const STICKY_MEMBER_TYPE = "org.matrix.msc4143.rtc.member";
const MAX_RECENT = 100;
const SLOT_TYPE = "org.matrix.msc4143.rtc.slot";

/** A room of `FakeMatrix`. */
export class FakeRoom {
  readonly roomId: RoomId;
  readonly #view: WritableSignal<RoomView>;
  readonly #events = new Emitter<RoomEvent>();
  #timeline: readonly RoomEvent[] = [];

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

  /** Message events of a call, as they are sent. */
  get events(): Happening<RoomEvent> {
    return this.#events;
  }

  /**
   * Takes a message event; a redaction removes what it names.
   *
   * @throws {MatrixRtcError} `forbidden` if the sender is not joined
   */
  addEvent(event: RoomEvent): void {
    if (!this.#view.get().joined.has(event.sender)) throw new MatrixRtcError("forbidden", "Not joined");
    if (event.redacts) {
      this.#timeline = this.#timeline.filter((other) => other.eventId !== event.redacts);
      this.unstick(event.redacts);
    }
    this.#timeline = [...this.#timeline, event];
    if (event.stickyForMs !== undefined && event.type === STICKY_MEMBER_TYPE) this.stick(event);
    if (CALL_EVENT_TYPES.has(event.type)) this.#events.emit(event);
  }

  relations({ eventId, relType, type }: RelationQuery): readonly RoomEvent[] {
    return this.#timeline.filter(({ content, type: wireType, encryptedBy }) => {
      const relation = isRecord(content) ? content["m.relates_to"] : undefined;
      if (encryptedBy !== undefined || wireType !== type || !isRecord(relation)) return false;
      return relation["event_id"] === eventId && relation["rel_type"] === relType;
    });
  }

  /** The newest a hundred, in clear. */
  recent(type: string): RecentEvents {
    const ofType = this.#timeline.filter((event) => event.encryptedBy === undefined && event.type === type);
    return { events: ofType.toReversed().slice(0, MAX_RECENT), isAll: ofType.length <= MAX_RECENT };
  }

  /** Whether an event of this type is encrypted in this room. */
  encrypts(type: string): boolean {
    const clear: readonly string[] = [CALL_EVENTS.annotation, CALL_EVENTS.redaction];
    return this.#view.get().isEncrypted && !clear.includes(type);
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
