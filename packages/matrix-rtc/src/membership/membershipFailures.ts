import { noteAnswerTime } from "./leaveDelay.ts";
import {
  finish,
  MIN_LEAVE_DELAY_MS,
  withoutLeave,
  withWait,
  type ActionFailure,
  type ArmedLeave,
  type MembershipAction,
  type MembershipEvent,
  type MembershipState,
  type Wait,
} from "./membershipModel.ts";

/** First wait after a failure of the network or the homeserver. */
const NETWORK_RETRY_MS = 1_000;
/** A homeserver that comes back waits for less than a second for those whose delayed leave fell due meanwhile. */
const RESTART_RETRY_MS = 500;
/** A restart without an answer is asked for again almost at once: the delayed leave is running. */
const TIMEOUT_RETRY_MS = 100;
/** After that restarts keep their pace, beside those that may yet be answered. */
const OVERLAP_RETRY_MS = 2_000;
/** Used when a 429 does not say when to come back. */
const RATE_LIMIT_RETRY_MS = 5_000;
/** So often is an action tried before a join is given up; a joined session never gives up. */
const MAX_JOIN_TRIES = 11;

type FinalFailure = Extract<ActionFailure, { kind: "not_found" | "refused" }>;
const NO_WAIT: Wait = { untilMs: 0, failures: 0, timeouts: 0, isRateLimit: false };

/**
 * What a failed action changes. Each action waits for itself: while the membership has to wait, restarts go on.
 *
 * | failure | schedule | restart | membership | leave |
 * |---|---|---|---|---|
 * | unreachable | later; a join gives up after 11 tries | later | later; same | later |
 * | timed out | – | again at once, then every 4 s beside those under way | – | – |
 * | rate limited | later; after 11 tries go on without | later | later; a join gives up | next best way |
 * | delay too long | that delay, at once | – | – | – |
 * | not found | go on without | lost: schedule anew; rejoin if it must have fired | fatal | next best way, then done |
 * | refused | go on without | go on without | fatal | next best way, then done |
 * | logged out | fatal | fatal | fatal | fatal |
 *
 * @see matrixrtc.md 5.5, 5.7
 */
export function applyFailure(
  before: MembershipState,
  { failure, of }: Extract<MembershipEvent, { type: "failed" }>,
  nowMs: number,
): MembershipState {
  const finished = finish(before, of);
  if (!finished) return before;
  const { action, state } = finished;
  switch (failure.kind) {
    case "logged_out":
      return fail(state, failure);
    case "timed_out":
      return waitForAnswer(state, action, nowMs);
    case "unreachable":
      return retry(
        state,
        action,
        failure,
        nowMs + (action.type === "restart_leave" ? RESTART_RETRY_MS : NETWORK_RETRY_MS),
      );
    case "rate_limited":
      if (action.type === "send_leave_now") return { ...state, armed: undefined };
      return retry(state, action, failure, nowMs + (failure.retryAfterMs ?? RATE_LIMIT_RETRY_MS));
    default:
      return applyFinalFailure(state, action, failure, nowMs);
  }
}

/** Takes in the answer to a restart that had been given up. */
export function applyLateRestart(
  state: MembershipState,
  { delayId, askedAtMs, outcome }: Extract<MembershipEvent, { type: "late_restart" }>,
  nowMs: number,
): MembershipState {
  if (state.armed?.delayId !== delayId) return state;
  if (outcome === "not_found") return loseArmedLeave(state, nowMs);
  const confirmedAtMs = Math.max(state.armed.confirmedAtMs, askedAtMs);
  const armed: ArmedLeave = { ...state.armed, confirmedAtMs, answeredAtMs: nowMs, isDue: false };
  return noteAnswerTime(withWait({ ...state, armed }, "restart_leave", undefined), nowMs - askedAtMs);
}

function applyFinalFailure(
  before: MembershipState,
  action: MembershipAction,
  failure: FinalFailure,
  nowMs: number,
): MembershipState {
  const state = withWait(before, action.type, undefined);
  switch (action.type) {
    case "schedule_leave":
      return scheduleShorter(state, action.delayMs, failure);
    case "restart_leave":
      // Another one has taken its place meanwhile.
      if (state.armed?.delayId !== action.delayId) return state;
      if (failure.kind === "not_found") return loseArmedLeave(state, nowMs);
      // It cannot be restarted, so it will fire; what follows must do without.
      return { ...state, usesDelayedLeave: false, armed: undefined };
    case "send_membership":
      return fail(state, failure);
    case "cancel_leave":
    case "send_leave_now":
      return withoutLeave(state, action.delayId);
    default:
      // Nothing better than "clear_membership" is left to try.
      return { ...state, published: undefined, mayBeInRoom: false };
  }
}

function scheduleShorter(state: MembershipState, triedMs: number, failure: FinalFailure): MembershipState {
  // The present one does, if none of another length is to be had.
  if (state.armed) return { ...state, delayMs: state.armed.delayMs, maxDelayMs: state.armed.delayMs };
  const allowedMs = failure.kind === "refused" ? (failure.maxDelayMs ?? 0) : 0;
  if (allowedMs >= triedMs || allowedMs < MIN_LEAVE_DELAY_MS) return { ...state, usesDelayedLeave: false };
  const usualDelayMs = Math.min(state.usualDelayMs, allowedMs);
  return { ...state, delayMs: allowedMs, maxDelayMs: allowedMs, usualDelayMs };
}

function loseArmedLeave(state: MembershipState, nowMs: number): MembershipState {
  const { armed, published } = state;
  // Before its time it was cancelled by the server; after it, it has fired and we are out.
  const hasFired = armed !== undefined && armed.confirmedAtMs + armed.delayMs <= nowMs;
  return { ...state, armed: undefined, published: hasFired ? undefined : published };
}

function waitForAnswer(state: MembershipState, { type }: MembershipAction, nowMs: number): MembershipState {
  // A leave must not wait for the restart that it has just abandoned.
  if (state.wish === "out") return state;
  const before = state.waits[type] ?? NO_WAIT;
  const untilMs = nowMs + (before.timeouts === 0 ? TIMEOUT_RETRY_MS : OVERLAP_RETRY_MS);
  return withWait(state, type, { ...before, untilMs, timeouts: before.timeouts + 1, isRateLimit: false });
}

function retry(
  state: MembershipState,
  { type }: MembershipAction,
  failure: ActionFailure,
  untilMs: number,
): MembershipState {
  const before = state.waits[type] ?? NO_WAIT;
  const failures = before.failures + 1;
  const isRateLimit = failure.kind === "rate_limited";
  const isJoin = !state.hasJoined && state.wish === "in";
  if (isJoin && failures >= MAX_JOIN_TRIES && type !== "restart_leave") {
    // The room may still take the membership from a homeserver that only refuses to schedule more.
    return isRateLimit && type === "schedule_leave" ? { ...state, usesDelayedLeave: false } : fail(state, failure);
  }
  return withWait(state, type, { ...before, untilMs, failures, isRateLimit });
}

function fail(state: MembershipState, failure: ActionFailure): MembershipState {
  return { ...state, phase: "failed", error: failure.error };
}
