import { createKey, listeners, type Attendance, type Started } from "./keyPlan.ts";
import {
  handedOutAtMs,
  isAnsweredBy,
  isConfirmedBy,
  isHeldBy,
  isHeldByAbsent,
  withExposure,
  type PlannedKey,
  type PresentMember,
} from "./plannedKey.ts";

/** From making a key for a leave to using it: receivers have it by then. */
export const USE_DELAY_MS = 1_000;
/** After a leave, the new key is in use at the latest then, if all who listen have been sent it. */
export const SWITCH_MS = 1_500;
/** After a leave, the old key is in use no longer than this, whatever happens to the new one. */
export const LEAVE_DEADLINE_MS = 5_000;
/** Leaves make a key at most so often: those within it share one. A joiner is given a key that came into use since. */
export const MIN_ROTATION_GAP_MS = 5_000;
/** From the homeserver's taking a key to its use: by then a sync has brought it to those who listen. */
export const SETTLE_MS = 1_000;
/** A joiner may be able to decrypt what was sent so long before it joined, and nothing older. */
export const GRACE_MS = 10_000;
/**
 * A standby key is handed out so long before a stretch of time begins in which it may be wanted: by then it has settled
 * even at those whom a sync reaches late. Nobody's first seconds in a call are spent on it.
 */
export const STANDBY_LEAD_MS = 3_000;

/** A key is in use no longer than this: IVs are made from RTP timestamps, which come round after 13 hours. */
export const MAX_KEY_AGE_MS = 3_600_000;

/** Of so many keys made since, none has been used: the next must not come round to the index of the present one. */
const MAX_UNUSED_KEYS = 200;

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

export function noteExposure(before: Started, { others }: Attendance, nowMs: number): Started {
  const { current, next, standby } = before;
  return {
    ...before,
    current: withExposure(current, others, nowMs),
    next: next && { ...next, key: withExposure(next.key, others, nowMs) },
    standby: standby && !isHeldByAbsent(standby, others) ? standby : undefined,
  };
}

/**
 * A key that somebody outside knows gives way. Who sends nothing stops instead, and makes a new one when it sends again:
 * most members of a large call are muted, and each new key costs as many messages as there are members.
 */
export function rotateForLeavers(state: Started, attendance: Attendance, nowMs: number): Started {
  const { current, next } = state;
  if (current.exposedSinceMs !== undefined && next && next.key.exposedSinceMs === undefined) {
    // A second leave must not put off what the first one set.
    const useAtMs = Math.min(next.useAtMs, nowMs + USE_DELAY_MS);
    const switchAtMs = earlier(next.switchAtMs, current.exposedSinceMs + SWITCH_MS);
    return { ...state, next: { ...next, useAtMs, switchAtMs } };
  }
  const exposedSinceMs = earliest(current.exposedSinceMs, next?.key.exposedSinceMs);
  // Who stopped because somebody left goes on if that one has come back.
  if (exposedSinceMs === undefined) return next ? state : { ...state, isSuspended: false };
  if (attendance.isQuiet && !next) return { ...state, isSuspended: true };
  if (nowMs < leaveRotationDueMs(state, attendance)) return state;
  const times = { useAtMs: nowMs + USE_DELAY_MS, switchAtMs: exposedSinceMs + SWITCH_MS, nowMs };
  return rollOut({ ...state, next: undefined, leaveRotationAtMs: nowMs }, attendance.others, times);
}

/** When a new key is made for those who left; `Infinity` if nobody did. */
export function leaveRotationDueMs(state: Started, { isQuiet, jitterMs = 0 }: Attendance): number {
  const { current, next, isSuspended, leaveRotationAtMs } = state;
  const exposedSinceMs = earliest(current.exposedSinceMs, next?.key.exposedSinceMs);
  if (exposedSinceMs === undefined || (isQuiet && !next)) return Infinity;
  if (current.exposedSinceMs !== undefined && next && next.key.exposedSinceMs === undefined) return Infinity;
  // Nothing is heard of us until then.
  if (isSuspended && !next) return -Infinity;
  return Math.max(exposedSinceMs + jitterMs, leaveRotationAtMs + MIN_ROTATION_GAP_MS);
}

export function rotateForJoiners(state: Started, { others }: Attendance, nowMs: number): Started {
  if (state.next || state.isSuspended) return state;
  const mustNotKnow = others.some((member) => !mayKnow(state, member, nowMs));
  const times = { useAtMs: nowMs + USE_DELAY_MS, switchAtMs: undefined, nowMs };
  return mustNotKnow ? rollOut(state, others, times) : state;
}

/** Whether the present key came into use late enough for this member. */
function mayKnow({ current, seenAtMs }: Started, member: PresentMember, nowMs: number): boolean {
  const { deliveries, usedSinceMs = nowMs } = current;
  const joinedAtMs = seenAtMs.get(seenKey(member)) ?? nowMs;
  if (deliveries.has(member.device) || stretchOf(joinedAtMs) <= stretchOf(usedSinceMs)) return true;
  return joinedAtMs - usedSinceMs < MIN_ROTATION_GAP_MS;
}

export function rotateForAge(state: Started, { others }: Attendance, nowMs: number): Started {
  const isUsedUp = nowMs >= agedAtMs(state) || state.lastGeneration - state.current.generation >= MAX_UNUSED_KEYS;
  if (state.next || state.isSuspended || !isUsedUp) return state;
  return rollOut(state, others, { useAtMs: nowMs + USE_DELAY_MS, switchAtMs: undefined, nowMs });
}

export function agedAtMs(state: Started): number {
  return (state.current.usedSinceMs ?? 0) + MAX_KEY_AGE_MS;
}

interface RolloutTimes {
  readonly useAtMs: number;
  readonly switchAtMs: number | undefined;
  readonly nowMs: number;
}

// With a standby key that everybody in question has, or with nobody to disturb, there is nothing to wait for.
function rollOut(state: Started, others: readonly PresentMember[], times: RolloutTimes): Started {
  const [created, key] = state.standby ? ([state, state.standby] as const) : createKey(state);
  const isReady = listeners(state, others).every((member) => isHeldBy(key, member));
  const next = { key, useAtMs: isReady ? times.nowMs : times.useAtMs, switchAtMs: times.switchAtMs };
  return { ...created, standby: undefined, next };
}

export function putToUse(state: Started, { others }: Attendance, nowMs: number): Started {
  const { next } = state;
  if (next && nowMs >= (readyAtMs(state, others) ?? Infinity)) {
    return { ...state, current: { ...next.key, usedSinceMs: nowMs }, next: undefined, isSuspended: false };
  }
  return nowMs >= deadlineMs(state) ? { ...state, isSuspended: true } : state;
}

/** When the present key must not be used any more. */
export function deadlineMs({ current }: Started): number {
  return current.exposedSinceMs === undefined ? Infinity : current.exposedSinceMs + LEAVE_DEADLINE_MS;
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
  const unconfirmed = listening.filter((member) => !isConfirmedBy(next.key, member));
  if (unconfirmed.length === 0) return -Infinity;
  const settledAtMs = handedOutAtMs(next.key, unconfirmed) + SETTLE_MS;
  return Math.min(Math.max(next.useAtMs, settledAtMs), next.switchAtMs ?? Infinity);
}

export function prepareStandby(state: Started, { others }: Attendance, nowMs: number): Started {
  const isWanted =
    !state.next && !state.standby && state.current.exposedSinceMs === undefined && listeners(state, others).length > 0;
  if (!isWanted || nowMs < standbyAtMs(state)) return state;
  const [created, key] = createKey(state);
  return { ...created, standby: key };
}

export function standbyAtMs(state: Started): number {
  const { usedSinceMs = 0 } = state.current;
  return Math.max((stretchOf(usedSinceMs) + 1) * GRACE_MS - STANDBY_LEAD_MS, usedSinceMs + STANDBY_LEAD_MS);
}

/**
 * Time is cut into stretches as long as the grace, the same for every sender: while people come, each sender changes its
 * key once in a stretch, and all of them for the same joiner. Their keys then reach a member together, in one sync and one
 * transaction of its store, where ten senders with stretches of their own cost it ten.
 */
function stretchOf(instantMs: number): number {
  return Math.floor(instantMs / GRACE_MS);
}

function asNotDelivered(key: PlannedKey): PlannedKey {
  const stale = [...key.deliveries].map(([device, delivery]) => [device, { ...delivery, membership: "" }] as const);
  return { ...key, deliveries: new Map(stale) };
}

function earlier(known: number | undefined, otherMs: number): number {
  return known === undefined ? otherMs : Math.min(known, otherMs);
}

function earliest(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined ? other : earlier(other, one);
}

function seenKey(member: PresentMember): string {
  return `${member.device} ${member.membership}`;
}
