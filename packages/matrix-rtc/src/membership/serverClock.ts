import { computed, effect, signal, untracked, type ReadonlySignal, type Scope } from "@conclave/kit";

import type { EventId } from "../ids.ts";
import type { RawEvent, RoomView } from "../ports.ts";

/** An event of our own that the homeserver has accepted. */
export interface SentEvent {
  readonly eventId: EventId | undefined;
  readonly askedAtMs: number;
  readonly sentAtMs: number;
}

export interface ServerClockDeps {
  readonly room: ReadonlySignal<RoomView | undefined>;
  /** The last membership that was sent. */
  readonly sent: ReadonlySignal<SentEvent | undefined>;
}

/** A difference that expiry, which is counted in minutes and hours, need not know. */
const NEGLIGIBLE_MS = 2_000;

/** From here on somebody should know: times that people see are wrong, and other programs trust the clock. */
const NOTABLE_SKEW_MS = 60_000;

/**
 * How far the homeserver's clock is ahead of ours, by the time stamps of our own events: other servers' could lie. 0 until
 * the first own event has come back, and while the difference is negligible.
 */
export function watchServerClock({ room, sent }: ServerClockDeps, scope: Scope): ReadonlySignal<number> {
  const offsetMs = signal(0);
  let measured: EventId | undefined;
  effect(scope, () => {
    const own = sent.get();
    if (own?.eventId === undefined || own.eventId === measured) return;
    const view = room.get();
    const isOwn = ({ eventId }: RawEvent): boolean => eventId === own.eventId;
    const event = view?.callMembers.find(isOwn) ?? view?.stickyMembers.find(isOwn);
    if (!event) return;
    measured = own.eventId;
    untracked(() => offsetMs.set(offsetOf(event.originServerTsMs, own)));
  });
  return offsetMs;
}

/**
 * How far this computer's clock is ahead (+) or behind (-) of the homeserver's, once that is measured and while it is more
 * than a minute; else `undefined`.
 */
export function notableSkew(serverOffsetMs: ReadonlySignal<number>): ReadonlySignal<number | undefined> {
  return computed(() => {
    const skewMs = -serverOffsetMs.get();
    return Math.abs(skewMs) > NOTABLE_SKEW_MS ? skewMs : undefined;
  });
}

function offsetOf(stampMs: number, { askedAtMs, sentAtMs }: SentEvent): number {
  // It was stamped between question and answer; within that nothing is known.
  const differenceMs = stampMs - Math.min(Math.max(stampMs, askedAtMs), sentAtMs);
  return Math.abs(differenceMs) < NEGLIGIBLE_MS ? 0 : differenceMs;
}
