import {
  type Clock,
  effect,
  type Logger,
  type ReadonlySignal,
  type Scope,
  signal,
  sleep,
  untracked,
} from "@conclave/kit";

import { CALL_EVENTS } from "../callEvents.ts";
import { MatrixRtcError } from "../errors.ts";
import type { EventId, UserId } from "../ids.ts";
import type { CallIntent } from "../model.ts";
import type { MatrixPort } from "../ports.ts";
import { isSelf } from "../reactions/ownMember.ts";
import type { RtcSelf } from "../sessionModel.ts";
import {
  DEFAULT_LIFETIME_MS,
  type NotificationKind,
  notificationContent,
  notificationStickyMs,
} from "./callNotification.ts";
import type { Pickup } from "./pickup.ts";
import { watchPickup } from "./watchPickup.ts";
import type { RingingRoom } from "./watchRing.ts";

export interface RingOthersDeps {
  readonly matrix: Pick<MatrixPort, "watchEvents" | "sendEvent">;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface RingOptions {
  readonly self: RtcSelf;
  readonly kind: NotificationKind;
  readonly intent: CallIntent | undefined;
  /** How long it rings; 90 s unless it is said. */
  readonly lifetimeMs?: number | undefined;
  /** Whether the homeserver has sticky events. */
  readonly isSticky: boolean;
}

/** How the call to the others goes. */
export type OutgoingRing =
  /** The own membership is not in the room yet. */
  | { readonly phase: "waiting" }
  /** Somebody else was there before: nobody needs to be called. */
  | { readonly phase: "not_needed" }
  | { readonly phase: "failed"; readonly error: MatrixRtcError }
  | ({ readonly phase: "sent"; readonly kind: NotificationKind; readonly notificationId: EventId } & Pickup);

const MAX_RECIPIENTS = 1_000;
const MAX_TRIES = 3;
const RETRY_MS = 2_000;

/**
 * Calls the others to the call, exactly once, if this device is the first in it; then tells who comes and who does not.
 * To be begun before the own membership is published. Never throws.
 *
 * @see matrixrtc.md 12.1, 12.5
 */
export function ringOthers(
  deps: RingOthersDeps,
  room: RingingRoom,
  options: RingOptions,
  scope: Scope,
): ReadonlySignal<OutgoingRing> {
  const state = signal<OutgoingRing>({ phase: "waiting" });
  // Answers may come before the homeserver has told what they answer.
  const pickup = watchPickup(deps, room, scope);
  const waiting = scope.child();
  let isFirst = untracked(() => room.members.get()).length === 0;

  async function ring(target: EventId): Promise<void> {
    const lifetimeMs = options.lifetimeMs ?? DEFAULT_LIFETIME_MS;
    try {
      const notificationId = await send(deps, room, { ...options, lifetimeMs, target }, scope);
      const recipients = recipientsIn(room, options.self.userId);
      pickup.begin({ notificationId, recipients, lifetimeMs }, (answers) =>
        state.set({ phase: "sent", kind: options.kind, notificationId, ...answers }),
      );
    } catch (fault) {
      if (scope.isEnded) return;
      const error =
        fault instanceof MatrixRtcError
          ? fault
          : new MatrixRtcError("homeserver_refused", "The adapter failed", { cause: fault });
      deps.logger.warn("the others were not called", { code: error.code });
      state.set({ phase: "failed", error });
    }
  }

  effect(waiting, () => {
    const members = room.members.get();
    untracked(() => {
      if (waiting.isEnded || (members.length === 0 && isFirst)) return;
      // Of two who are there at once the older one calls.
      const [oldest] = members;
      isFirst &&= oldest !== undefined && isSelf(oldest, options.self);
      void waiting.end();
      if (isFirst && oldest) void ring(oldest.eventId);
      else state.set({ phase: "not_needed" });
    });
  });
  return state;
}

async function send(
  { clock, matrix }: RingOthersDeps,
  { roomId, slot }: RingingRoom,
  ring: RingOptions & { readonly lifetimeMs: number; readonly target: EventId },
  scope: Scope,
): Promise<EventId> {
  const { kind, target, intent, lifetimeMs, isSticky } = ring;
  const content = notificationContent({ slot, kind, target, intent, sentAtMs: clock.nowMs(), lifetimeMs });
  const options = isSticky ? { stickyForMs: notificationStickyMs(lifetimeMs) } : {};
  for (let tries = 1; ; tries++) {
    try {
      return await matrix.sendEvent(roomId, CALL_EVENTS.notification, content, options);
    } catch (fault) {
      // A homeserver that asks for a pause has not taken the event. Anything else may have been taken: never twice.
      const isRefusedForNow = fault instanceof MatrixRtcError && fault.code === "rate_limited";
      if (!isRefusedForNow || tries >= MAX_TRIES) throw fault;
      await sleep(clock, fault.retryAfterMs ?? RETRY_MS, scope.signal);
    }
  }
}

function recipientsIn({ room }: RingingRoom, self: UserId): readonly UserId[] {
  const joined = untracked(() => room.get())?.joined.keys() ?? [];
  return [...joined].filter((userId) => userId !== self).slice(0, MAX_RECIPIENTS);
}
