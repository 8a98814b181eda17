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
import type { DelayId, EventId } from "../ids.ts";
import { MEMBERSHIP_EXPIRY_MS } from "./legacyMembership.ts";
import { applyFailure } from "./membershipFailures.ts";
import {
  LEAVE_DELAY_MS,
  type ArmedLeave,
  type MembershipAction,
  type MembershipEffect,
  type MembershipEvent,
  type MembershipState,
  type SeenMembership,
} from "./membershipModel.ts";

/** Two signs of life fit into the delay even if one is lost. */
export const LEAVE_RESTART_MS = 4_000;
/** Refreshes come hourly although a membership lives four hours (matrixrtc.md 5.6). */
export const REFRESH_AFTER_MS = 3_595_000;
const RESTART_TIMEOUT_MS = 2_000;
const MIN_RESTART_TIMEOUT_MS = 250;
/** A confirmation younger than this proves that the delayed leave has not fired. */
const FRESH_CONFIRMATION_MS = 1_000;
/** A delayed leave that is so close to its time may have fired already, by the homeserver's clock. */
const FIRING_MARGIN_MS = 1_000;
/** Rejoins further apart than this are unrelated. */
const REJOIN_MEMORY_MS = 60_000;
const REJOIN_BACKOFF_MS = 500;
const MAX_REJOIN_BACKOFF_MS = 30_000;

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
  if (state.running) return { state, effects: wakes(nowMs, firesAtMs(state)) };
  const action = state.retryAtMs > nowMs ? undefined : nextAction(state, nowMs);
  if (action) {
    const running = { ...state, running: { action, startedAtMs: nowMs } };
    return { state: running, effects: [{ type: "perform", action }, ...wakes(nowMs, firesAtMs(state))] };
  }
  if (state.wish === "out" && !state.armed && !state.published)
    return { state: { ...state, phase: "left" }, effects: [] };
  const retryAtMs = state.retryAtMs > nowMs ? state.retryAtMs : undefined;
  return {
    state,
    effects: wakes(nowMs, retryAtMs ?? restartAtMs(state), retryAtMs ?? refreshAtMs(state), firesAtMs(state)),
  };
}

function withDoubt(state: MembershipState, nowMs: number): MembershipState {
  const isProbablyLeft = state.hasJoined && (!state.published || isDue(firesAtMs(state), nowMs));
  return isProbablyLeft === state.isProbablyLeft ? state : { ...state, isProbablyLeft };
}

function apply(state: MembershipState, event: MembershipEvent, nowMs: number): MembershipState {
  if (state.phase === "left" || state.phase === "failed") return state;
  switch (event.type) {
    case "join_requested":
      if (state.phase === "active") return state;
      return {
        ...state,
        phase: "active",
        wish: "in",
        usesDelayedLeave: event.delayedEvents,
        delayMs: Math.min(LEAVE_DELAY_MS, event.maxDelayMs ?? LEAVE_DELAY_MS),
      };
    case "content_changed":
      return { ...state, wantedVersion: state.wantedVersion + 1, retryAtMs: nowMs };
    case "leave_requested":
      if (state.phase === "idle") return { ...state, phase: "left" };
      return { ...state, wish: "out", retryAtMs: nowMs, failures: 0 };
    case "succeeded":
      return applySuccess(state, event, nowMs);
    case "failed":
      return applyFailure(state, event.failure, nowMs);
    case "own_membership":
      return applySeen(state, event.seen, nowMs);
    case "homeserver_back":
      return { ...state, retryAtMs: nowMs, armed: state.armed && { ...state.armed, isDue: true } };
    default:
      // "time_passed": only the decision that follows can be another one.
      return state;
  }
}

function applySuccess(
  before: MembershipState,
  result: { readonly delayId?: DelayId; readonly eventId?: EventId },
  nowMs: number,
): MembershipState {
  if (!before.running) return before;
  const { action, startedAtMs } = before.running;
  const state = { ...before, running: undefined, failures: 0, retryAtMs: nowMs };
  switch (action.type) {
    case "schedule_leave": {
      if (result.delayId === undefined) return { ...state, usesDelayedLeave: false };
      const armed = { delayId: result.delayId, delayMs: action.delayMs, confirmedAtMs: startedAtMs, isDue: false };
      return { ...state, armed };
    }
    case "restart_leave":
      return { ...state, armed: state.armed && { ...state.armed, confirmedAtMs: startedAtMs, isDue: false } };
    case "cancel_leave":
      return { ...state, armed: undefined };
    case "send_membership":
      return {
        ...state,
        hasJoined: true,
        published: {
          eventId: result.eventId,
          sentAtMs: nowMs,
          createdAtMs: action.createdAtMs ?? nowMs,
          version: action.version,
        },
      };
    default:
      // "send_leave_now" and "clear_membership": we are out.
      return { ...state, armed: undefined, published: undefined };
  }
}

// Somebody, or a delayed leave, took us out: join again. If it may have been our present delayed leave, that comes first.
function applySeen(state: MembershipState, seen: SeenMembership | undefined, nowMs: number): MembershipState {
  const isGone = state.seen !== undefined && seen === undefined && state.published !== undefined && state.wish === "in";
  if (!isGone) return { ...state, seen };
  const rejoins = nowMs - state.lastRejoinAtMs > REJOIN_MEMORY_MS ? 1 : state.rejoins + 1;
  const backoffMs = rejoins === 1 ? 0 : Math.min(MAX_REJOIN_BACKOFF_MS, REJOIN_BACKOFF_MS * 2 ** (rejoins - 2));
  return {
    ...state,
    seen,
    published: undefined,
    armed: state.armed && { ...state.armed, isDue: isDue(firesAtMs(state), nowMs + FIRING_MARGIN_MS) },
    retryAtMs: nowMs + backoffMs,
    rejoins,
    lastRejoinAtMs: nowMs,
  };
}

function nextAction(state: MembershipState, nowMs: number): MembershipAction | undefined {
  return state.wish === "in" ? nextActionInside(state, nowMs) : nextActionOutwards(state);
}

function nextActionInside(state: MembershipState, nowMs: number): MembershipAction | undefined {
  if (state.usesDelayedLeave && !state.armed) return { type: "schedule_leave", delayMs: state.delayMs };
  const mustSend = state.published?.version !== state.wantedVersion || isDue(refreshAtMs(state), nowMs);
  if (state.armed && (isDue(restartAtMs(state), nowMs) || (mustSend && isStale(state, state.armed, nowMs)))) {
    return { type: "restart_leave", delayId: state.armed.delayId, timeoutMs: restartTimeoutMs(state, nowMs) };
  }
  if (!mustSend) return undefined;
  const createdAtMs = createdTime(state);
  // `expires` counts from `created_ts`, so it grows with the age of the membership.
  const expiresMs = MEMBERSHIP_EXPIRY_MS + Math.max(0, nowMs - (createdAtMs ?? nowMs));
  return { type: "send_membership", createdAtMs, expiresMs, version: state.wantedVersion };
}

function nextActionOutwards(state: MembershipState): MembershipAction | undefined {
  if (state.armed) {
    const { delayId } = state.armed;
    return state.published ? { type: "send_leave_now", delayId } : { type: "cancel_leave", delayId };
  }
  return state.published ? { type: "clear_membership" } : undefined;
}

// A refresh after a long sleep must not bring back a membership whose delayed leave has fired (matrixrtc.md 5.7).
function isStale(state: MembershipState, armed: ArmedLeave, nowMs: number): boolean {
  return state.published !== undefined && nowMs - armed.confirmedAtMs > FRESH_CONFIRMATION_MS;
}

function createdTime({ published, seen }: MembershipState): number | undefined {
  if (!published) return undefined;
  return seen && seen.eventId === published.eventId ? seen.createdAtMs : published.createdAtMs;
}

function restartTimeoutMs(state: MembershipState, nowMs: number): number {
  const leftMs = (firesAtMs(state) ?? nowMs) - nowMs;
  return leftMs <= 0 ? RESTART_TIMEOUT_MS : Math.max(MIN_RESTART_TIMEOUT_MS, Math.min(RESTART_TIMEOUT_MS, leftMs));
}

function restartAtMs({ armed, delayMs }: MembershipState): number | undefined {
  if (!armed || armed.isDue) return armed && 0;
  return armed.confirmedAtMs + Math.min(LEAVE_RESTART_MS, delayMs / 2);
}

function refreshAtMs({ published }: MembershipState): number | undefined {
  return published && published.sentAtMs + REFRESH_AFTER_MS;
}

function firesAtMs({ armed }: MembershipState): number | undefined {
  return armed && armed.confirmedAtMs + armed.delayMs;
}

function isDue(atMs: number | undefined, nowMs: number): boolean {
  return atMs !== undefined && atMs <= nowMs;
}

function wakes(nowMs: number, ...times: readonly (number | undefined)[]): readonly MembershipEffect[] {
  const future = times.filter((time) => time !== undefined && time > nowMs) as number[];
  return future.length === 0 ? [] : [{ type: "wake", atMs: Math.min(...future) }];
}
