/**
 * Decides what a device must do to get into a slot, stay there and leave. Pure: `MembershipPublisher` performs.
 *
 *              join_requested             leave_requested
 *      idle ───────────────────▶ active ───────────────────▶ active, wish "out"
 *                                  │  ▲                             │
 *               refused, or no     │  │ membership gone:            │ left content sent,
 *               answer while       │  │ rejoin                      │ or nothing to undo
 *               joining            ▼  │                             ▼
 *                                failed                            left
 *
 * While active, one action at a time is chosen from the facts (`nextAction`), so that every loss, of a delayed leave or
 * of the membership, is repaired by the same rules that joined: delayed leave first, then the membership.
 *
 * @see matrixrtc.md 5; MSC4140
 */
import { noteAnswerTime } from "./leaveDelay.ts";
import { applyFailure, applyLateRestart } from "./membershipFailures.ts";
import {
  finish,
  LEAVE_DELAY_MS,
  MAX_LEAVE_DELAY_MS,
  MIN_LEAVE_DELAY_MS,
  withWait,
  type ArmedLeave,
  type MembershipAction,
  type MembershipEffect,
  type MembershipEvent,
  type MembershipState,
  type SeenMembership,
  withoutLeave,
} from "./membershipModel.ts";
import { firesAtMs, isDue, refreshAtMs, restartAtMs } from "./membershipTimes.ts";
import { nextAction } from "./nextMembershipAction.ts";

/** A delayed leave that is so close to its time may have fired already, by the homeserver's clock. */
const FIRING_MARGIN_MS = 1_000;
/** Rejoins further apart than this are unrelated. */
const REJOIN_MEMORY_MS = 60_000;
const REJOIN_BACKOFF_MS = 500;
const MAX_REJOIN_BACKOFF_MS = 30_000;

type Success = Extract<MembershipEvent, { type: "succeeded" }>;

export interface MembershipTransition {
  readonly state: MembershipState;
  readonly effects: readonly MembershipEffect[];
}

/** Takes in what happened and says what to do next. */
export function transition(before: MembershipState, event: MembershipEvent, nowMs: number): MembershipTransition {
  return proceed(withDoubt(apply(before, event, nowMs), nowMs), nowMs);
}

function proceed(state: MembershipState, nowMs: number): MembershipTransition {
  if (state.phase !== "active") return { state, effects: [] };
  const action = nextAction(state, nowMs);
  if (action) {
    const { state: after, effects } = proceed(begin(state, action, nowMs), nowMs);
    return { state: after, effects: [{ type: "perform", action }, ...effects] };
  }
  if (!state.running && !state.restarting && state.wish === "out" && hasNothingToUndo(state))
    return { state: { ...state, phase: "left" }, effects: [] };
  const waits = Object.values(state.waits).map((wait) => wait.untilMs);
  const times = [restartAtMs(state), refreshAtMs(state), firesAtMs(state), state.published?.expiresAtMs];
  return { state, effects: wakes(nowMs, [...times, state.rejoinAtMs, ...waits]) };
}

function hasNothingToUndo({ armed, retired, mayBeInRoom }: MembershipState): boolean {
  return !armed && !mayBeInRoom && retired === undefined;
}

function begin(state: MembershipState, action: MembershipAction, nowMs: number): MembershipState {
  const running = { action, startedAtMs: nowMs };
  if (action.type === "restart_leave") return { ...state, restarting: running };
  return { ...state, running, mayBeInRoom: state.mayBeInRoom || action.type === "send_membership" };
}

function withDoubt(state: MembershipState, nowMs: number): MembershipState {
  const isGone = !state.published || isDue(state.published.expiresAtMs, nowMs);
  const isProbablyLeft = state.hasJoined && (isGone || isDue(firesAtMs(state), nowMs));
  return isProbablyLeft === state.isProbablyLeft ? state : { ...state, isProbablyLeft };
}

function apply(state: MembershipState, event: MembershipEvent, nowMs: number): MembershipState {
  if (state.phase === "left" || state.phase === "failed") return state;
  switch (event.type) {
    case "join_requested":
      return state.phase === "active" ? state : applyJoin(state, event);
    case "content_changed":
      return { ...withoutPauses(state), wantedVersion: state.wantedVersion + 1 };
    case "leave_requested":
      return state.phase === "idle" ? { ...state, phase: "left" } : { ...state, wish: "out" };
    case "succeeded":
      return applySuccess(state, event, nowMs);
    case "failed":
      return applyFailure(state, event, nowMs);
    case "late_restart":
      return applyLateRestart(state, event, nowMs);
    case "own_membership":
      return applySeen(state, event.seen, nowMs);
    case "homeserver_back":
      return { ...withoutPauses(state), armed: state.armed && { ...state.armed, isDue: true } };
    default:
      // "time_passed": only the decision that follows can be another one.
      return state;
  }
}

function applyJoin(
  state: MembershipState,
  join: Extract<MembershipEvent, { type: "join_requested" }>,
): MembershipState {
  const { delayedEvents, maxDelayMs = MAX_LEAVE_DELAY_MS, lifeMs = state.protectedLifeMs } = join;
  return {
    ...state,
    phase: "active",
    wish: "in",
    usesDelayedLeave: delayedEvents && maxDelayMs >= MIN_LEAVE_DELAY_MS,
    protectedLifeMs: lifeMs,
    delayMs: Math.min(LEAVE_DELAY_MS, maxDelayMs),
    usualDelayMs: Math.min(LEAVE_DELAY_MS, maxDelayMs),
    maxDelayMs: Math.min(MAX_LEAVE_DELAY_MS, maxDelayMs),
  };
}

/** Only the homeserver's own rate limits are waited for. */
function withoutPauses(state: MembershipState): MembershipState {
  const waits = Object.fromEntries(Object.entries(state.waits).filter(([, wait]) => wait.isRateLimit));
  return { ...state, waits };
}

function applySuccess(before: MembershipState, result: Success, nowMs: number): MembershipState {
  const finished = finish(before, result.of);
  if (!finished) return before;
  const { action, startedAtMs } = finished;
  const state = withWait(finished.state, action.type, undefined);
  switch (action.type) {
    case "schedule_leave":
      return applyScheduled(state, action.delayMs, { ...result, startedAtMs }, nowMs);
    case "restart_leave": {
      const { armed } = state;
      // Another one has taken its place meanwhile.
      if (armed?.delayId !== action.delayId) return state;
      const confirmedAtMs = result.askedAtMs ?? startedAtMs;
      const restarted = { ...armed, confirmedAtMs, answeredAtMs: nowMs, isDue: false };
      return noteAnswerTime({ ...state, armed: restarted }, nowMs - confirmedAtMs);
    }
    case "cancel_leave":
      return withoutLeave(state, action.delayId);
    case "send_membership":
      return applySent(state, action, { ...result, startedAtMs }, nowMs);
    default:
      // "send_leave_now" and "clear_membership": we are out.
      return { ...state, armed: undefined, published: undefined, mayBeInRoom: false };
  }
}

function applyScheduled(
  state: MembershipState,
  delayMs: number,
  { delayId, startedAtMs }: Success & { readonly startedAtMs: number },
  nowMs: number,
): MembershipState {
  if (delayId === undefined) return { ...state, usesDelayedLeave: false };
  const answerMs = nowMs - startedAtMs;
  const fitting = noteAnswerTime(state, answerMs);
  // It may have fired before we knew of it; one that lasts longer takes its place, unless the homeserver allows none.
  if (answerMs >= delayMs && fitting.delayMs > delayMs && state.wish === "in") return fitting;
  const armed: ArmedLeave = { delayId, delayMs, confirmedAtMs: startedAtMs, answeredAtMs: nowMs, isDue: false };
  return { ...fitting, armed, retired: state.armed?.delayId ?? state.retired };
}

function applySent(
  state: MembershipState,
  action: Extract<MembershipAction, { type: "send_membership" }>,
  { eventId, startedAtMs }: Success & { readonly startedAtMs: number },
  nowMs: number,
): MembershipState {
  // It was taken away before the homeserver's answer came.
  if (eventId !== undefined && eventId === state.goneEventId) return { ...state, hasJoined: true };
  const { createdAtMs, bornAtMs, lifeMs, version } = action;
  const expiresAtMs = startedAtMs + lifeMs;
  const published = { eventId, askedAtMs: startedAtMs, sentAtMs: nowMs, createdAtMs, bornAtMs, expiresAtMs, version };
  return { ...state, hasJoined: true, published };
}

// Somebody, or a delayed leave, took us out: join again. If it may have been our present delayed leave, that comes first.
function applySeen(state: MembershipState, seen: SeenMembership | undefined, nowMs: number): MembershipState {
  const goneEventId = seen === undefined ? (state.seen?.eventId ?? state.goneEventId) : state.goneEventId;
  const isGone = state.seen !== undefined && seen === undefined && state.published !== undefined && state.wish === "in";
  if (!isGone) return { ...state, seen, goneEventId };
  const rejoins = nowMs - state.lastRejoinAtMs > REJOIN_MEMORY_MS ? 1 : state.rejoins + 1;
  const backoffMs = rejoins === 1 ? 0 : Math.min(MAX_REJOIN_BACKOFF_MS, REJOIN_BACKOFF_MS * 2 ** (rejoins - 2));
  return {
    ...withoutPauses(state),
    seen,
    goneEventId,
    published: undefined,
    mayBeInRoom: state.running?.action.type === "send_membership",
    armed: state.armed && { ...state.armed, isDue: isDue(firesAtMs(state), nowMs + FIRING_MARGIN_MS) },
    rejoins,
    lastRejoinAtMs: nowMs,
    rejoinAtMs: nowMs + backoffMs,
  };
}

function wakes(nowMs: number, times: readonly (number | undefined)[]): readonly MembershipEffect[] {
  const future = times.filter((time) => time !== undefined && time > nowMs) as number[];
  return future.length === 0 ? [] : [{ type: "wake", atMs: Math.min(...future) }];
}
