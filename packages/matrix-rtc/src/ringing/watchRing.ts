import {
  type CancelTimer,
  type Clock,
  effect,
  type Logger,
  type ReadonlySignal,
  type Scope,
  signal,
  untracked,
} from "@conclave/kit";

import { CALL_EVENTS } from "../callEvents.ts";
import type { EventId, RoomId, UserId } from "../ids.ts";
import type { RtcMember, SlotDescription } from "../model.ts";
import type { MatrixPort, RoomEvent, RoomView } from "../ports.ts";
import { DECLINE_STICKY_MS, declineContent } from "./callNotification.ts";
import { findRing, type IncomingRing } from "./findRing.ts";
import { readEarlier } from "./readEarlier.ts";
import { RingBook } from "./RingBook.ts";

export interface WatchRingDeps {
  readonly matrix: Pick<MatrixPort, "self" | "watchEvents" | "readRelations" | "sendEvent">;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface RingingRoom {
  readonly roomId: RoomId;
  readonly slot: SlotDescription;
  readonly room: ReadonlySignal<RoomView | undefined>;
  /** Who is in the slot. */
  readonly members: ReadonlySignal<readonly RtcMember[]>;
}

export interface WatchedRing {
  /** Who calls this user now, if anybody does. */
  readonly ring: ReadonlySignal<IncomingRing | undefined>;
  /**
   * Says no to what rings; it stops on all devices of this user. Does nothing if nothing rings.
   *
   * @param isSticky whether the homeserver has sticky events
   * @throws {MatrixRtcError} as `MatrixPort.sendEvent`; it goes on ringing then
   */
  decline(isSticky: boolean): Promise<void>;
}

/** Membership events that are remembered, for notifications that name no slot. */
const MAX_SEEN = 2_000;

/**
 * Keeps what rings in one room, from now on. What rang already is found in rooms without encryption only: in the others
 * nobody can ask for it by its type.
 */
export function watchRing(deps: WatchRingDeps, room: RingingRoom, scope: Scope): WatchedRing {
  const { clock, matrix } = deps;
  const self = matrix.self.userId;
  const ring = signal<IncomingRing | undefined>(undefined, { equals: isSameRing });
  const book = new RingBook(self);
  const seenEvents = new Map<EventId, UserId>();
  let cancelEnd: CancelTimer | undefined;
  scope.onEnd(() => cancelEnd?.());

  function show(): void {
    cancelEnd?.();
    const view = untracked(() => room.room.get());
    const members = untracked(() => room.members.get());
    const nowMs = clock.nowMs();
    const context = { self, slot: room.slot, nowMs, members, seenEvents };
    const found = view && findRing(book.notifications, { ...context, room: view });
    ring.set(found);
    if (found && !scope.isEnded) cancelEnd = clock.after(found.endsAtMs - nowMs, show);
  }

  function take(event: RoomEvent): void {
    book.take(event, clock.nowMs());
    show();
  }

  matrix.watchEvents(room.roomId, scope).on(scope, take);
  effect(scope, () => {
    room.room.get();
    for (const { eventId, userId } of room.members.get()) seenEvents.set(eventId, userId);
    for (const oldest of seenEvents.keys()) {
      if (seenEvents.size <= MAX_SEEN) break;
      seenEvents.delete(oldest);
    }
    untracked(show);
  });
  void readEarlier(deps, room, take, scope);

  return {
    ring,
    async decline(isSticky) {
      const ringing = untracked(() => ring.get());
      if (!ringing) return;
      const options = isSticky ? { stickyForMs: DECLINE_STICKY_MS } : {};
      await matrix.sendEvent(room.roomId, CALL_EVENTS.decline, declineContent(ringing.notificationId), options);
      book.declined(ringing.notificationId);
      show();
    },
  };
}

function isSameRing(a: IncomingRing | undefined, b: IncomingRing | undefined): boolean {
  return a === b || (a?.notificationId === b?.notificationId && a?.endsAtMs === b?.endsAtMs);
}
