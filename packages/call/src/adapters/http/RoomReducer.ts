import type { RawEvent, RoomId, RoomMemberProfile, RoomView, UserId } from "@conclave/matrix-rtc";

import { stringAt } from "./json.ts";
import type { RoomDelta, SyncEvent } from "./parseSync.ts";
import { StickyEvents } from "./StickyEvents.ts";
import { EVENT_TYPES } from "./syncFilter.ts";

/** State events kept per room; beyond that new keys are refused, known ones still change. */
const MAX_STATE_EVENTS = 50_000;
/** What a room is if its creation event does not say (Client-Server API, `m.room.create`). */
const FIRST_ROOM_VERSION = "1";

/** Reduces what sync says of one room to the view that a call needs. */
export class RoomReducer {
  readonly #roomId: RoomId;
  readonly #state = new Map<string, Map<string, RawEvent>>();
  /** What a view lists of one type; made anew when an event of the type has come. */
  readonly #lists = new Map<string, readonly RawEvent[]>();
  readonly #profiles = new Map<UserId, RoomMemberProfile>();
  readonly #sticky = new StickyEvents();
  #joined: ReadonlyMap<UserId, RoomMemberProfile> | undefined;
  #stateCount = 0;

  constructor(roomId: RoomId) {
    this.#roomId = roomId;
  }

  /** @returns true if something that the view shows has changed */
  apply(delta: RoomDelta, nowMs: number): boolean {
    let changed = false;
    for (const event of delta.state) changed = this.#applyState(event) || changed;
    for (const event of delta.events) changed = this.applyEvent(event, nowMs) || changed;
    return changed;
  }

  /** A timeline or sticky event. @returns true if something has changed */
  applyEvent(event: SyncEvent, nowMs: number): boolean {
    if (event.type === EVENT_TYPES.redaction && event.redacts) return this.#sticky.redact(event.redacts);
    if (event.type === EVENT_TYPES.rtcMember) return this.#sticky.add(event, nowMs);
    return false;
  }

  expire(nowMs: number): boolean {
    return this.#sticky.expire(nowMs);
  }

  get nextExpiryMs(): number | undefined {
    return this.#sticky.nextExpiryMs;
  }

  /** Content of `m.room.encryption`, if the room has such an event. */
  get encryption(): { readonly content: unknown } | undefined {
    return this.#state.get(EVENT_TYPES.encryption)?.get("");
  }

  /** What has not changed since the last view is the same object. */
  view(): RoomView {
    this.#joined ??= new Map(this.#profiles);
    return {
      roomId: this.#roomId,
      roomVersion: stringAt(this.#content(EVENT_TYPES.create), "room_version") ?? FIRST_ROOM_VERSION,
      name: stringAt(this.#content(EVENT_TYPES.name), "name") ?? "",
      isEncrypted: this.#state.has(EVENT_TYPES.encryption),
      joined: this.#joined,
      callMembers: this.#events(EVENT_TYPES.callMember),
      stickyMembers: this.#sticky.current(),
      slots: this.#events(EVENT_TYPES.slot),
    };
  }

  #applyState(event: SyncEvent): boolean {
    const ofType = this.#state.get(event.type) ?? new Map<string, RawEvent>();
    const key = event.stateKey ?? "";
    const known = ofType.get(key);
    if (known?.eventId === event.eventId) return false;
    if (!known) {
      if (this.#stateCount >= MAX_STATE_EVENTS) return false;
      this.#stateCount += 1;
    }
    ofType.set(key, toRawEvent(event));
    this.#state.set(event.type, ofType);
    this.#lists.delete(event.type);
    if (event.type === EVENT_TYPES.member) this.#applyProfile(key as UserId, event.content);
    return true;
  }

  #applyProfile(userId: UserId, content: unknown): void {
    const displayName = stringAt(content, "displayname");
    const avatarUrl = stringAt(content, "avatar_url");
    this.#joined = undefined;
    if (stringAt(content, "membership") !== "join") return void this.#profiles.delete(userId);
    this.#profiles.set(userId, {
      ...(displayName === undefined ? {} : { displayName }),
      ...(avatarUrl === undefined ? {} : { avatarUrl }),
    });
  }

  #content(type: string): unknown {
    return this.#state.get(type)?.get("")?.content;
  }

  #events(type: string): readonly RawEvent[] {
    const list = this.#lists.get(type) ?? [...(this.#state.get(type)?.values() ?? [])];
    this.#lists.set(type, list);
    return list;
  }
}

function toRawEvent({ type, eventId, sender, originServerTsMs, content, stateKey }: SyncEvent): RawEvent {
  return { type, eventId, sender, originServerTsMs, content, ...(stateKey === undefined ? {} : { stateKey }) };
}
