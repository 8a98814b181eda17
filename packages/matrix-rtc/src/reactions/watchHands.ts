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
import type { EventId, RoomId } from "../ids.ts";
import type { RtcMember } from "../model.ts";
import type { MatrixPort, RoomEvent } from "../ports.ts";
import { type HandEvent, tryReadHand } from "./callReactionEvents.ts";
import { HandBook, type RaisedHand } from "./HandBook.ts";
import { MembershipEvents } from "./MembershipEvents.ts";
import { readHands } from "./readHands.ts";

export interface WatchHandsDeps {
  readonly matrix: Pick<MatrixPort, "watchEvents" | "readRecentEvents" | "readRelations">;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface CallRoom {
  readonly roomId: RoomId;
  /** Who is in the slot. */
  readonly members: ReadonlySignal<readonly RtcMember[]>;
}

export interface WatchedHands {
  /** In the order in which they were raised. */
  readonly hands: ReadonlySignal<readonly RaisedHand[]>;
  /** Shows what the homeserver has just taken, before it comes back. */
  raised(hand: HandEvent): void;
  lowered(eventId: EventId): void;
}

/** Media come first: who joins asks for the hands that are up a moment later. */
const READ_AFTER_MS = 1_000;

/** Keeps the list of raised hands: those that are up when it begins, and what changes from then on. */
export function watchHands(deps: WatchHandsDeps, room: CallRoom, scope: Scope): WatchedHands {
  const { clock } = deps;
  const hands = signal<readonly RaisedHand[]>([], { equals: isSameList });
  const events = new MembershipEvents();
  const book = new HandBook(events);
  const changes = signal(0);
  let cancelEnd: CancelTimer | undefined;

  // Once for all that arrives together.
  function show(): void {
    cancelEnd?.();
    if (scope.isEnded) return;
    const nowMs = clock.nowMs();
    const standing = book.standing(nowMs);
    hands.set(standing.hands);
    if (standing.nextEndAtMs !== undefined) cancelEnd = clock.after(standing.nextEndAtMs - nowMs, show);
  }

  function change(by: (nowMs: number) => void): void {
    const nowMs = clock.nowMs();
    events.follow(
      untracked(() => room.members.get()),
      nowMs,
    );
    by(nowMs);
    changes.set(untracked(() => changes.get()) + 1);
  }

  function take(event: RoomEvent): void {
    const hand = tryReadHand(event);
    if (hand) change((nowMs) => book.raised(hand, nowMs));
    else if (event.type === CALL_EVENTS.redaction && event.redacts) lowered(event.redacts);
  }

  function lowered(eventId: EventId): void {
    change((nowMs) => book.redacted(eventId, nowMs));
  }

  deps.matrix.watchEvents(room.roomId, scope).on(scope, take);
  effect(scope, () => {
    room.members.get();
    untracked(() => change((nowMs) => book.membersChanged(nowMs)));
  });
  effect(scope, () => {
    changes.get();
    untracked(show);
  });
  const cancelRead = clock.after(READ_AFTER_MS, () => {
    const targets = untracked(() => room.members.get()).map(({ eventId }) => eventId);
    void readHands(deps, { roomId: room.roomId, targets }, take, scope);
  });
  scope.onEnd(() => {
    cancelRead();
    cancelEnd?.();
  });
  return { hands, raised: (hand) => change((nowMs) => book.raised(hand, nowMs)), lowered };
}

function isSameList(a: readonly RaisedHand[], b: readonly RaisedHand[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
