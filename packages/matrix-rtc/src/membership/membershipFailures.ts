import type { ActionFailure, ArmedLeave, MembershipState } from "./membershipModel.ts";

/** First wait after a failure of the network or the homeserver. */
const NETWORK_RETRY_MS = 1_000;
/** An abandoned restart is tried again almost at once: the delayed leave is running. */
const TIMEOUT_RETRY_MS = 100;
/** Used when a 429 does not say when to come back. */
const RATE_LIMIT_RETRY_MS = 5_000;
/** So often is an action tried before a join is given up; a joined session never gives up. */
const MAX_JOIN_TRIES = 11;

type FinalFailure = Extract<ActionFailure, { kind: "not_found" | "refused" }>;

/**
 * What a failed action changes.
 *
 * | failure | schedule | restart | membership | leave |
 * |---|---|---|---|---|
 * | unreachable, timed out, rate limited | later; a join gives up after 11 tries | later | later; same | later |
 * | not found | go on without | lost: schedule anew; rejoin if it must have fired | fatal | next best way, then done |
 * | refused | go on without | go on without | fatal | next best way, then done |
 * | logged out | fatal | fatal | fatal | fatal |
 *
 * @see matrixrtc.md 5.5, 5.7
 */
export function applyFailure(before: MembershipState, failure: ActionFailure, nowMs: number): MembershipState {
  if (!before.running) return before;
  const state = { ...before, running: undefined };
  switch (failure.kind) {
    case "logged_out":
      return fail(state, failure);
    case "timed_out":
      // A leave must not wait for the restart that it has just abandoned.
      return { ...state, retryAtMs: state.wish === "out" ? nowMs : nowMs + TIMEOUT_RETRY_MS };
    case "unreachable":
      return retry(state, failure, nowMs + NETWORK_RETRY_MS);
    case "rate_limited":
      return retry(state, failure, nowMs + (failure.retryAfterMs ?? RATE_LIMIT_RETRY_MS));
    default:
      return applyFinalFailure({ ...state, failures: 0, retryAtMs: nowMs }, before.running.action.type, failure, nowMs);
  }
}

function applyFinalFailure(
  state: MembershipState,
  action: NonNullable<MembershipState["running"]>["action"]["type"],
  failure: FinalFailure,
  nowMs: number,
): MembershipState {
  switch (action) {
    case "schedule_leave":
      return { ...state, usesDelayedLeave: false };
    case "restart_leave":
      if (failure.kind === "not_found") return loseArmedLeave(state, nowMs);
      // It cannot be restarted, so it will fire; what follows must do without.
      return { ...state, usesDelayedLeave: false, armed: undefined };
    case "send_membership":
      return fail(state, failure);
    case "cancel_leave":
    case "send_leave_now":
      return { ...state, armed: undefined };
    default:
      // Nothing better than "clear_membership" is left to try.
      return { ...state, published: undefined };
  }
}

function loseArmedLeave(state: MembershipState, nowMs: number): MembershipState {
  const { armed, published } = state;
  // Before its time it was cancelled by the server; after it, it has fired and we are out.
  return { ...state, armed: undefined, published: armed && hasFired(armed, nowMs) ? undefined : published };
}

function hasFired(armed: ArmedLeave, nowMs: number): boolean {
  return armed.confirmedAtMs + armed.delayMs <= nowMs;
}

function retry(state: MembershipState, failure: ActionFailure, retryAtMs: number): MembershipState {
  const failures = state.failures + 1;
  if (!state.hasJoined && state.wish === "in" && failures >= MAX_JOIN_TRIES) return fail(state, failure);
  return { ...state, failures, retryAtMs };
}

function fail(state: MembershipState, failure: ActionFailure): MembershipState {
  return { ...state, phase: "failed", error: failure.error };
}
