import { createKey, listeners, type Attendance, type Started } from "./keyPlan.ts";
import {
  handedOutAtMs,
  isAnsweredBy,
  isHeldBy,
  isHeldByAbsent,
  type PlannedKey,
  type PresentMember,
} from "./plannedKey.ts";

/** From making a key for a leave to using it: receivers have it by then. */
export const USE_DELAY_MS = 1_000;
/** After a leave, the old key is in use no longer than this, whatever happens to the new one. */
export const LEAVE_DEADLINE_MS = 1_500;
/** From the homeserver's taking a key to its use: by then a sync has brought it to those who listen. */
export const SETTLE_MS = 1_000;
/** A joiner may be able to decrypt what was sent so long before it joined, and nothing older. */
export const GRACE_MS = 10_000;

/** A key is in use no longer than this: IVs are made from RTP timestamps, which come round after 13 hours. */
export const MAX_KEY_AGE_MS = 3_600_000;

/** One rule of the plan. */
export type Step = (state: Started, attendance: Attendance, nowMs: number) => Started;

export function noteArrivals(state: Started, { others }: Attendance, nowMs: number): Started {
  const seen = others.map((member) => [seenKey(member), state.seenAtMs.get(seenKey(member)) ?? nowMs] as const);
  return { ...state, seenAtMs: new Map(seen) };
}

// The others may have dropped our keys when they saw us leave.
export function resendAfterOwnRejoin(state: Started, { ownMembership }: Attendance): Started {
  if (ownMembership === undefined || ownMembership === state.ownMembership) return state;
  if (state.ownMembership === undefined) return { ...state, ownMembership };
  return {
    ...state,
    ownMembership,
    current: asNotDelivered(state.current),
    next: state.next && { ...state.next, key: asNotDelivered(state.next.key) },
    standby: state.standby && asNotDelivered(state.standby),
  };
}

export function rotateForLeavers(before: Started, { others }: Attendance, nowMs: number): Started {
  const isStandbyExposed = before.standby !== undefined && isHeldByAbsent(before.standby, others);
  const state = isStandbyExposed ? { ...before, standby: undefined } : before;
  const { current, next } = state;
  const isNextExposed = next !== undefined && isHeldByAbsent(next.key, others);
  if (!isNextExposed && !isHeldByAbsent(current, others)) return state;
  // A second leave must not put off what the first one set.
  const times = {
    useAtMs: earlier(next?.useAtMs, nowMs + USE_DELAY_MS),
    suspendAtMs: earlier(next?.suspendAtMs, nowMs + LEAVE_DEADLINE_MS),
  };
  if (next && !isNextExposed) return { ...state, next: { ...next, ...times } };
  return rollOut({ ...state, next: undefined }, others, { ...times, nowMs });
}

export function rotateForJoiners(state: Started, { others }: Attendance, nowMs: number): Started {
  if (state.next) return state;
  const { deliveries, usedSinceMs = nowMs } = state.current;
  const mustNotKnow = others.some(
    (member) =>
      !deliveries.has(member.device) && (state.seenAtMs.get(seenKey(member)) ?? nowMs) - usedSinceMs >= GRACE_MS,
  );
  return mustNotKnow ? rollOut(state, others, { useAtMs: nowMs + USE_DELAY_MS, suspendAtMs: undefined, nowMs }) : state;
}

export function rotateForAge(state: Started, { others }: Attendance, nowMs: number): Started {
  if (state.next || nowMs < agedAtMs(state)) return state;
  return rollOut(state, others, { useAtMs: nowMs + USE_DELAY_MS, suspendAtMs: undefined, nowMs });
}

export function agedAtMs(state: Started): number {
  return (state.current.usedSinceMs ?? 0) + MAX_KEY_AGE_MS;
}

interface RolloutTimes {
  readonly useAtMs: number;
  readonly suspendAtMs: number | undefined;
  readonly nowMs: number;
}

// With a standby key that everybody in question has, or with nobody to disturb, there is nothing to wait for.
function rollOut(state: Started, others: readonly PresentMember[], times: RolloutTimes): Started {
  const [created, key] = state.standby ? ([state, state.standby] as const) : createKey(state);
  const isReady = listeners(state, others).every((member) => isHeldBy(key, member));
  const next = { key, useAtMs: isReady ? times.nowMs : times.useAtMs, suspendAtMs: times.suspendAtMs };
  return { ...created, standby: undefined, next };
}

export function putToUse(state: Started, { others }: Attendance, nowMs: number): Started {
  const { next } = state;
  if (!next) return state;
  if (nowMs >= (readyAtMs(state, others) ?? Infinity)) {
    return { ...state, current: { ...next.key, usedSinceMs: nowMs }, next: undefined, isSuspended: false };
  }
  const isOverdue = next.suspendAtMs !== undefined && nowMs >= next.suspendAtMs;
  return isOverdue ? { ...state, isSuspended: true } : state;
}

/**
 * When the next key takes over: all who listen have it by then, unless somebody who left would go on reading for that.
 * `undefined` while somebody has no answer yet.
 */
export function readyAtMs(state: Started, others: readonly PresentMember[]): number | undefined {
  const { next, isSuspended } = state;
  const listening = listeners(state, others);
  if (!next || !listening.every((member) => isAnsweredBy(next.key, member))) return undefined;
  if (isSuspended) return -Infinity;
  const settledAtMs = handedOutAtMs(next.key, listening) + SETTLE_MS;
  return Math.min(Math.max(next.useAtMs, settledAtMs), next.suspendAtMs ?? Infinity);
}

export function prepareStandby(state: Started, { others }: Attendance, nowMs: number): Started {
  const isWanted = !state.next && !state.standby && listeners(state, others).length > 0;
  if (!isWanted || nowMs < standbyAtMs(state)) return state;
  const [created, key] = createKey(state);
  return { ...created, standby: key };
}

export function standbyAtMs(state: Started): number {
  return (state.current.usedSinceMs ?? 0) + GRACE_MS;
}

function asNotDelivered(key: PlannedKey): PlannedKey {
  const stale = [...key.deliveries].map(([device, delivery]) => [device, { ...delivery, membership: "" }] as const);
  return { ...key, deliveries: new Map(stale) };
}

function earlier(known: number | undefined, otherMs: number): number {
  return known === undefined ? otherMs : Math.min(known, otherMs);
}

function seenKey(member: PresentMember): string {
  return `${member.device} ${member.membership}`;
}
