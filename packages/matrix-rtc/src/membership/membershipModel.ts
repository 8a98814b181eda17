import type { MatrixRtcError } from "../errors.ts";
import type { DelayId, EventId } from "../ids.ts";
import { MEMBERSHIP_EXPIRY_MS } from "./legacyMembership.ts";

/** How long after the last sign of life the homeserver lets us leave. */
export const LEAVE_DELAY_MS = 9_000;
/** A homeserver that answers slowly gets more time, up to this. */
export const MAX_LEAVE_DELAY_MS = 60_000;
/** A delayed leave that fires sooner cannot be kept up. */
export const MIN_LEAVE_DELAY_MS = 2_000;

export type MembershipAction =
  | { readonly type: "schedule_leave"; readonly delayMs: number }
  | { readonly type: "restart_leave"; readonly delayId: DelayId; readonly timeoutMs: number }
  | { readonly type: "cancel_leave"; readonly delayId: DelayId }
  | { readonly type: "send_leave_now"; readonly delayId: DelayId }
  | {
      readonly type: "send_membership";
      /** What the homeserver said about the first event of this membership. */
      readonly createdAtMs: number | undefined;
      /** When that first event was asked for, by the local clock. */
      readonly bornAtMs: number;
      readonly expiresMs: number;
      /** How far ahead of this request the membership ends. */
      readonly lifeMs: number;
      /** The event that this one renews; `undefined` if it is the first of its membership. */
      readonly previousEventId: EventId | undefined;
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
  | {
      readonly kind: "refused";
      /** The longest delay that the homeserver would have accepted, if that was the reason and it said so. */
      readonly maxDelayMs?: number | undefined;
      readonly error: MatrixRtcError;
    };

/** The own membership as the room shows it. */
export interface SeenMembership {
  readonly eventId: EventId;
  readonly createdAtMs: number;
}

export type MembershipEvent =
  | {
      readonly type: "join_requested";
      readonly delayedEvents: boolean;
      readonly maxDelayMs?: number | undefined;
      /** How long a membership counts that is kept up by a delayed leave; four hours if it is not said. */
      readonly lifeMs?: number;
    }
  /** Transport or intent are others now. */
  | { readonly type: "content_changed" }
  | { readonly type: "leave_requested" }
  | {
      readonly type: "succeeded";
      /** Which action; the one that runs if it is not said. */
      readonly of?: MembershipAction["type"];
      readonly delayId?: DelayId;
      readonly eventId?: EventId;
      /** When the request that was answered was asked for, if that was before the action began. */
      readonly askedAtMs?: number;
    }
  | { readonly type: "failed"; readonly of?: MembershipAction["type"]; readonly failure: ActionFailure }
  /** A restart that had been given up was answered after all. */
  | {
      readonly type: "late_restart";
      readonly delayId: DelayId;
      readonly askedAtMs: number;
      readonly outcome: "restarted" | "not_found";
    }
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
  /** When the answer to that came. */
  readonly answeredAtMs: number;
  readonly isDue: boolean;
}

/** Why an action is not tried now. */
export interface Wait {
  readonly untilMs: number;
  /** Failures in a row that count. */
  readonly failures: number;
  /** Answers in a row that did not come in time. */
  readonly timeouts: number;
  /** The homeserver asked for the pause, so that nothing shortens it. */
  readonly isRateLimit: boolean;
}

export interface PublishedMembership {
  readonly eventId: EventId | undefined;
  readonly askedAtMs: number;
  readonly sentAtMs: number;
  readonly createdAtMs: number | undefined;
  readonly bornAtMs: number;
  readonly expiresAtMs: number;
  readonly version: number;
}

export interface RunningAction {
  readonly action: MembershipAction;
  readonly startedAtMs: number;
}

export interface MembershipState {
  readonly phase: "idle" | "active" | "left" | "failed";
  readonly wish: "in" | "out";
  readonly usesDelayedLeave: boolean;
  /** How long a membership counts while there is a delayed leave. */
  readonly protectedLifeMs: number;
  readonly delayMs: number;
  /** What `delayMs` may grow to. */
  readonly maxDelayMs: number;
  /** What `delayMs` is where the homeserver answers quickly. */
  readonly usualDelayMs: number;
  /** Answers in a row after which a shorter delay would do. */
  readonly quickAnswers: number;
  readonly armed: ArmedLeave | undefined;
  /** A delayed leave that another one has taken the place of, and that must not fire. */
  readonly retired: DelayId | undefined;
  readonly published: PublishedMembership | undefined;
  /** A membership was asked for and nothing since proves that the room is without it. */
  readonly mayBeInRoom: boolean;
  readonly seen: SeenMembership | undefined;
  /** The last own event that was seen and then vanished. */
  readonly goneEventId: EventId | undefined;
  readonly wantedVersion: number;
  readonly running: RunningAction | undefined;
  /** Restarts have a lane of their own, so that a membership that takes long to send does not let the leave fire. */
  readonly restarting: RunningAction | undefined;
  readonly waits: Readonly<Partial<Record<MembershipAction["type"], Wait>>>;
  readonly hasJoined: boolean;
  /** The homeserver may already have taken us out of the call. */
  readonly isProbablyLeft: boolean;
  readonly rejoins: number;
  readonly lastRejoinAtMs: number;
  /** A membership that vanishes again and again is not sent before. */
  readonly rejoinAtMs: number;
  readonly error: MatrixRtcError | undefined;
}

export const initialMembershipState: MembershipState = {
  phase: "idle",
  wish: "out",
  usesDelayedLeave: true,
  protectedLifeMs: MEMBERSHIP_EXPIRY_MS,
  delayMs: LEAVE_DELAY_MS,
  maxDelayMs: MAX_LEAVE_DELAY_MS,
  usualDelayMs: LEAVE_DELAY_MS,
  quickAnswers: 0,
  armed: undefined,
  retired: undefined,
  published: undefined,
  mayBeInRoom: false,
  seen: undefined,
  goneEventId: undefined,
  wantedVersion: 1,
  running: undefined,
  restarting: undefined,
  waits: {},
  hasJoined: false,
  isProbablyLeft: false,
  rejoins: 0,
  lastRejoinAtMs: 0,
  rejoinAtMs: 0,
  error: undefined,
};

/** Takes an action out of its lane: the named one, else the one that runs. `undefined` if there is none. */
export function finish(
  state: MembershipState,
  of: MembershipAction["type"] | undefined,
): (RunningAction & { readonly state: MembershipState }) | undefined {
  const isRestart = of === "restart_leave" || (of === undefined && !state.running);
  if (isRestart) return state.restarting && { ...state.restarting, state: { ...state, restarting: undefined } };
  return state.running && { ...state.running, state: { ...state, running: undefined } };
}

/** The state in which a delayed leave is gone, be it the present one or the one before. */
export function withoutLeave(state: MembershipState, delayId: DelayId): MembershipState {
  if (state.retired === delayId) return { ...state, retired: undefined };
  return state.armed?.delayId === delayId ? { ...state, armed: undefined } : state;
}

/** The state in which an action waits, or waits no more. */
export function withWait(
  state: MembershipState,
  type: MembershipAction["type"],
  wait: Wait | undefined,
): MembershipState {
  const { [type]: _, ...others } = state.waits;
  return { ...state, waits: wait ? { ...others, [type]: wait } : others };
}
