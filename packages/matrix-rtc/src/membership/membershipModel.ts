import type { MatrixRtcError } from "../errors.ts";
import type { DelayId, EventId } from "../ids.ts";

/** How long after the last sign of life the homeserver lets us leave. */
export const LEAVE_DELAY_MS = 8_000;

export type MembershipAction =
  | { readonly type: "schedule_leave"; readonly delayMs: number }
  | { readonly type: "restart_leave"; readonly delayId: DelayId; readonly timeoutMs: number }
  | { readonly type: "cancel_leave"; readonly delayId: DelayId }
  | { readonly type: "send_leave_now"; readonly delayId: DelayId }
  | {
      readonly type: "send_membership";
      readonly createdAtMs: number | undefined;
      readonly expiresMs: number;
      readonly version: number;
    }
  | { readonly type: "clear_membership" };

/** What the caller says about an action that did not work. */
export type ActionFailure =
  | { readonly kind: "unreachable"; readonly error: MatrixRtcError }
  | { readonly kind: "timed_out"; readonly error: MatrixRtcError }
  | { readonly kind: "rate_limited"; readonly retryAfterMs: number | undefined; readonly error: MatrixRtcError }
  | { readonly kind: "not_found"; readonly error: MatrixRtcError }
  | { readonly kind: "logged_out"; readonly error: MatrixRtcError }
  | { readonly kind: "refused"; readonly error: MatrixRtcError };

/** The own membership as the room shows it. */
export interface SeenMembership {
  readonly eventId: EventId;
  readonly createdAtMs: number;
}

export type MembershipEvent =
  | { readonly type: "join_requested"; readonly delayedEvents: boolean; readonly maxDelayMs?: number | undefined }
  /** Transport or intent are others now. */
  | { readonly type: "content_changed" }
  | { readonly type: "leave_requested" }
  | { readonly type: "succeeded"; readonly delayId?: DelayId; readonly eventId?: EventId }
  | { readonly type: "failed"; readonly failure: ActionFailure }
  | { readonly type: "own_membership"; readonly seen: SeenMembership | undefined }
  | { readonly type: "homeserver_back" }
  | { readonly type: "time_passed" };

export type MembershipEffect =
  | { readonly type: "perform"; readonly action: MembershipAction }
  /** Replaces an earlier one. */
  | { readonly type: "wake"; readonly atMs: number };

export interface ArmedLeave {
  readonly delayId: DelayId;
  readonly delayMs: number;
  /** When the last successful schedule or restart was asked for. */
  readonly confirmedAtMs: number;
  readonly isDue: boolean;
}

export interface MembershipState {
  readonly phase: "idle" | "active" | "left" | "failed";
  readonly wish: "in" | "out";
  readonly usesDelayedLeave: boolean;
  readonly delayMs: number;
  readonly armed: ArmedLeave | undefined;
  readonly published:
    | {
        readonly eventId: EventId | undefined;
        readonly sentAtMs: number;
        readonly createdAtMs: number;
        readonly version: number;
      }
    | undefined;
  readonly seen: SeenMembership | undefined;
  readonly wantedVersion: number;
  readonly running: { readonly action: MembershipAction; readonly startedAtMs: number } | undefined;
  readonly retryAtMs: number;
  /** Failures in a row of the present action. */
  readonly failures: number;
  readonly hasJoined: boolean;
  /** The homeserver may already have taken us out of the call. */
  readonly isProbablyLeft: boolean;
  readonly rejoins: number;
  readonly lastRejoinAtMs: number;
  readonly error: MatrixRtcError | undefined;
}

export const initialMembershipState: MembershipState = {
  phase: "idle",
  wish: "out",
  usesDelayedLeave: true,
  delayMs: LEAVE_DELAY_MS,
  armed: undefined,
  published: undefined,
  seen: undefined,
  wantedVersion: 1,
  running: undefined,
  retryAtMs: 0,
  failures: 0,
  hasJoined: false,
  isProbablyLeft: false,
  rejoins: 0,
  lastRejoinAtMs: 0,
  error: undefined,
};
