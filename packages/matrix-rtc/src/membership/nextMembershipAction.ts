import { fitLeave } from "./leaveDelay.ts";
import type { ArmedLeave, MembershipAction, MembershipState } from "./membershipModel.ts";
import { firesAtMs, isDue, lifeMs, refreshAtMs, restartAtMs } from "./membershipTimes.ts";

const RESTART_TIMEOUT_MS = 2_000;
const MIN_RESTART_TIMEOUT_MS = 250;
/** A confirmation younger than this proves that the delayed leave has not fired. */
const FRESH_CONFIRMATION_MS = 1_000;
/** Without a fresh confirmation a membership may be sent if the delayed leave has more time than this (matrixrtc.md 5.7). */
const SAFE_TO_SEND_MS = 2_000;

/**
 * What to do now, from the facts alone; `undefined` if nothing, or if what is due has to wait. One action at a time, but
 * for restarts of the delayed leave, which go on beside any other.
 */
export function nextAction(state: MembershipState, nowMs: number): MembershipAction | undefined {
  if (state.restarting) return undefined;
  const action = state.running ? beside(state, nowMs) : alone(state, nowMs);
  return action && !isWaiting(state, action.type, nowMs) ? action : undefined;
}

function beside(state: MembershipState, nowMs: number): MembershipAction | undefined {
  const { armed, wish } = state;
  return wish === "in" && armed && isDue(restartAtMs(state), nowMs) ? restart(state, armed, nowMs) : undefined;
}

function alone(state: MembershipState, nowMs: number): MembershipAction | undefined {
  return state.wish === "in" ? inwards(state, nowMs) : outwards(state);
}

function restart(state: MembershipState, { delayId }: ArmedLeave, nowMs: number): MembershipAction {
  return { type: "restart_leave", delayId, timeoutMs: restartTimeoutMs(state, nowMs) };
}

function inwards(state: MembershipState, nowMs: number): MembershipAction | undefined {
  const { armed } = state;
  if (state.usesDelayedLeave && !armed) return { type: "schedule_leave", delayMs: state.delayMs };
  const send = sendAction(state, nowMs);
  if (!armed || (send && isFirst(state))) return send;
  if (!isDue(restartAtMs(state), nowMs) && !(send && isStale(state, nowMs))) return send ?? fitLeave(state);
  const mayGoOn = armed.confirmedAtMs + armed.delayMs - nowMs > SAFE_TO_SEND_MS;
  if (!isWaiting(state, "restart_leave", nowMs)) return restart(state, armed, nowMs);
  return send && mayGoOn ? send : fitLeave(state);
}

function outwards({ armed, retired, mayBeInRoom }: MembershipState): MembershipAction | undefined {
  if (!armed && mayBeInRoom) return { type: "clear_membership" };
  if (!armed) return retired === undefined ? undefined : { type: "cancel_leave", delayId: retired };
  return { type: mayBeInRoom ? "send_leave_now" : "cancel_leave", delayId: armed.delayId };
}

function sendAction(state: MembershipState, nowMs: number): MembershipAction | undefined {
  const { published, wantedVersion: version } = state;
  const isCurrent = published?.version === version && !isDue(refreshAtMs(state), nowMs);
  if (isCurrent || state.rejoinAtMs > nowMs || isWaiting(state, "send_membership", nowMs)) return undefined;
  // What has expired meanwhile is not brought back: it is another membership.
  const previous = published && published.expiresAtMs > nowMs ? published : undefined;
  const createdAtMs = previous && createdTime(state);
  const bornAtMs = createdAtMs === undefined ? nowMs : previous?.bornAtMs;
  const life = lifeMs(state);
  // `expires` counts from `created_ts`, so it grows with the age; that is measured here, as the server's clock may differ.
  const expiresMs = life + Math.max(0, nowMs - (bornAtMs ?? nowMs));
  return {
    type: "send_membership",
    createdAtMs,
    bornAtMs: bornAtMs ?? nowMs,
    expiresMs,
    lifeMs: life,
    previousEventId: previous?.eventId,
    version,
  };
}

// A delayed leave that fires before the first membership arrives does no harm.
function isFirst({ published, armed }: MembershipState): boolean {
  return !published && !armed?.isDue;
}

// A refresh after a long sleep must not bring back a membership whose delayed leave has fired (matrixrtc.md 5.7).
function isStale({ armed }: MembershipState, nowMs: number): boolean {
  return armed !== undefined && nowMs - armed.answeredAtMs > FRESH_CONFIRMATION_MS;
}

// Only what the homeserver said; the local clock may be hours off.
function createdTime({ published, seen }: MembershipState): number | undefined {
  return seen && published && seen.eventId === published.eventId ? seen.createdAtMs : published?.createdAtMs;
}

function restartTimeoutMs(state: MembershipState, nowMs: number): number {
  const leftMs = (firesAtMs(state) ?? nowMs) - nowMs;
  return leftMs <= 0 ? RESTART_TIMEOUT_MS : Math.max(MIN_RESTART_TIMEOUT_MS, Math.min(RESTART_TIMEOUT_MS, leftMs));
}

function isWaiting({ waits }: MembershipState, type: MembershipAction["type"], nowMs: number): boolean {
  return (waits[type]?.untilMs ?? 0) > nowMs;
}
