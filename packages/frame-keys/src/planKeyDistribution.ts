/**
 * Decides which own sender key is in use, who gets which key, and when a key changes. Pure: `KeyDistributor` performs.
 *
 * Three keys at most exist at a time. `current` encrypts; `next` is being handed out and takes over; `standby` has been
 * handed out in advance to the members present and has never encrypted a frame, so that a joiner can be given it and it
 * can be used at once, without a gap for the others.
 *
 *     somebody left     current is known to somebody outside → next (a fresh key), in use 1 s later; if it cannot be handed
 *                       out by then, sending stops rather than going on with the old key
 *     somebody joined   current in use for less than 10 s → it is shared; else next (the standby key), in use at once
 *     key an hour old   next (the standby key): the IVs of one key must not come round again
 *     same device,      it had the key already → the key is sent again
 *     new membership
 *
 * @see docs/protocol/key-distribution.md; matrixrtc.md 11.4
 */
import {
  dueRecipients,
  isAnsweredBy,
  isHeldBy,
  isHeldByAbsent,
  nextRetryAtMs,
  withAttempt,
  type PlannedKey,
} from "./plannedKey.ts";

/** From making a key for a leave to using it: receivers have it by then. */
export const USE_DELAY_MS = 1_000;
/** After a leave, the old key is in use no longer than this, whatever happens to the new one. */
export const LEAVE_DEADLINE_MS = 1_500;
/** A joiner may be able to decrypt what was sent so long before it joined, and nothing older. */
export const GRACE_MS = 10_000;

/** A key is in use no longer than this: IVs are made from RTP timestamps, which come round after 13 hours. */
export const MAX_KEY_AGE_MS = 3_600_000;

/** Somebody else's device in the slot. */
export interface PresentMember {
  /** Names the device. */
  readonly device: string;
  /** Changes when the device joins anew. */
  readonly membership: string;
}

/** Who is in the slot, the own device apart. */
export interface Attendance {
  readonly others: readonly PresentMember[];
  readonly ownMembership: string | undefined;
}

/** A change of keys under way. */
export interface Rollout {
  readonly key: PlannedKey;
  readonly useAtMs: number;
  /** Set if the current key is known to somebody who left. */
  readonly suspendAtMs: number | undefined;
}

export interface KeyPlanState {
  readonly lastGeneration: number;
  readonly current: PlannedKey | undefined;
  readonly next: Rollout | undefined;
  readonly standby: PlannedKey | undefined;
  readonly isSuspended: boolean;
  readonly isSending: boolean;
  /** When each present membership was first seen, by our clock: what others claim about it is not trusted. */
  readonly seenAtMs: ReadonlyMap<string, number>;
  readonly ownMembership: string | undefined;
}

export const initialKeyPlan: KeyPlanState = {
  lastGeneration: -1,
  current: undefined,
  next: undefined,
  standby: undefined,
  isSuspended: false,
  isSending: false,
  seenAtMs: new Map(),
  ownMembership: undefined,
};

/** What to do now. Report the outcome of `send` with `noteSendOutcome`. */
export interface KeyPlan {
  readonly state: KeyPlanState;
  /** Encrypt with this generation from now on. */
  readonly use: number | undefined;
  /** Stop encrypting. */
  readonly suspend: boolean;
  readonly send: { readonly generation: number; readonly devices: readonly string[] } | undefined;
  /** Plan again then, if nothing happens before. */
  readonly wakeAtMs: number | undefined;
}

type Step = (state: Started, attendance: Attendance, nowMs: number) => Started;
type Started = KeyPlanState & { readonly current: PlannedKey };

/** Weighs who is present against who holds which key. */
export function planKeyDistribution(before: KeyPlanState, attendance: Attendance, nowMs: number): KeyPlan {
  const steps: readonly Step[] = [
    noteArrivals,
    resendAfterOwnRejoin,
    rotateForLeavers,
    rotateForJoiners,
    rotateForAge,
    putToUse,
    prepareStandby,
  ];
  const planned = steps.reduce((state, step) => step(state, attendance, nowMs), start(before, nowMs));
  const send = planned.isSending ? undefined : chooseSend(planned, attendance, nowMs);
  const state = send ? markSending(planned, send, attendance) : planned;
  const hasChanged = state.current.generation !== before.current?.generation;
  return {
    state,
    use: hasChanged || (before.isSuspended && !state.isSuspended) ? state.current.generation : undefined,
    suspend: state.isSuspended && !before.isSuspended,
    send,
    wakeAtMs: wakeAtMs(state, attendance, nowMs),
  };
}

// The first key has no holders: it can be used at once.
function start(state: KeyPlanState, nowMs: number): Started {
  if (state.current) return { ...state, current: state.current };
  const [started, key] = createKey(state);
  return { ...started, current: { ...key, usedSinceMs: nowMs } };
}

function noteArrivals(state: Started, { others }: Attendance, nowMs: number): Started {
  const seen = others.map((member) => [seenKey(member), state.seenAtMs.get(seenKey(member)) ?? nowMs] as const);
  return { ...state, seenAtMs: new Map(seen) };
}

// The others may have dropped our keys when they saw us leave.
function resendAfterOwnRejoin(state: Started, { ownMembership }: Attendance): Started {
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

function rotateForLeavers(before: Started, { others }: Attendance, nowMs: number): Started {
  const isStandbyExposed = before.standby !== undefined && isHeldByAbsent(before.standby, others);
  const state = isStandbyExposed ? { ...before, standby: undefined } : before;
  if (state.next && isHeldByAbsent(state.next.key, others))
    return rollOut({ ...state, next: undefined }, others, {
      useAtMs: earlier(state.next.useAtMs, nowMs + USE_DELAY_MS),
      suspendAtMs: earlier(state.next.suspendAtMs, nowMs + LEAVE_DEADLINE_MS),
      nowMs,
    });
  if (!isHeldByAbsent(state.current, others)) return state;
  if (!state.next) {
    return rollOut(state, others, { useAtMs: nowMs + USE_DELAY_MS, suspendAtMs: nowMs + LEAVE_DEADLINE_MS, nowMs });
  }
  const useAtMs = earlier(state.next.useAtMs, nowMs + USE_DELAY_MS);
  const suspendAtMs = earlier(state.next.suspendAtMs, nowMs + LEAVE_DEADLINE_MS);
  return { ...state, next: { ...state.next, useAtMs, suspendAtMs } };
}

function rotateForJoiners(state: Started, { others }: Attendance, nowMs: number): Started {
  if (state.next) return state;
  const { deliveries, usedSinceMs = nowMs } = state.current;
  const mustNotKnow = others.some(
    (member) =>
      !deliveries.has(member.device) && (state.seenAtMs.get(seenKey(member)) ?? nowMs) - usedSinceMs >= GRACE_MS,
  );
  return mustNotKnow ? rollOut(state, others, { useAtMs: nowMs + USE_DELAY_MS, suspendAtMs: undefined, nowMs }) : state;
}

function rotateForAge(state: Started, { others }: Attendance, nowMs: number): Started {
  if (state.next || nowMs < agedAtMs(state)) return state;
  return rollOut(state, others, { useAtMs: nowMs + USE_DELAY_MS, suspendAtMs: undefined, nowMs });
}

function agedAtMs(state: Started): number {
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

function putToUse(state: Started, { others }: Attendance, nowMs: number): Started {
  const { next } = state;
  if (!next) return state;
  const isHandedOut = listeners(state, others).every((member) => isAnsweredBy(next.key, member));
  if (isHandedOut && (nowMs >= next.useAtMs || state.isSuspended)) {
    return { ...state, current: { ...next.key, usedSinceMs: nowMs }, next: undefined, isSuspended: false };
  }
  const isOverdue = next.suspendAtMs !== undefined && nowMs >= next.suspendAtMs;
  return isOverdue ? { ...state, isSuspended: true } : state;
}

/** Those who can decrypt us now, and would lose us if the key changed before they have the new one. */
function listeners(state: Started, others: readonly PresentMember[]): readonly PresentMember[] {
  return others.filter((member) => isHeldBy(state.current, member));
}

function prepareStandby(state: Started, { others }: Attendance, nowMs: number): Started {
  const isWanted = !state.next && !state.standby && listeners(state, others).length > 0;
  if (!isWanted || nowMs < standbyAtMs(state)) return state;
  const [created, key] = createKey(state);
  return { ...created, standby: key };
}

function standbyAtMs(state: Started): number {
  return (state.current.usedSinceMs ?? 0) + GRACE_MS;
}

function chooseSend(state: Started, { others }: Attendance, nowMs: number): KeyPlan["send"] {
  const keys = [state.next?.key ?? state.current, state.standby];
  for (const key of keys) {
    const devices = key ? dueRecipients(key, others, nowMs) : [];
    if (key && devices.length > 0) return { generation: key.generation, devices };
  }
  return undefined;
}

function markSending(state: Started, send: NonNullable<KeyPlan["send"]>, { others }: Attendance): Started {
  const recipients = others.filter((member) => send.devices.includes(member.device));
  const marked = mapKey(state, send.generation, (key) => recipients.reduce(withAttempt, key));
  return { ...marked, isSending: true };
}

/** Applies `change` to the key of that generation, if it still matters. */
export function mapKey<S extends KeyPlanState>(
  state: S,
  generation: number,
  change: (key: PlannedKey) => PlannedKey,
): S {
  const { current, next, standby } = state;
  const mapped = (key: PlannedKey): PlannedKey => (key.generation === generation ? change(key) : key);
  return {
    ...state,
    current: current && mapped(current),
    next: next && { ...next, key: mapped(next.key) },
    standby: standby && mapped(standby),
  };
}

function wakeAtMs(state: Started, { others }: Attendance, nowMs: number): number | undefined {
  const { next, standby, current } = state;
  const times = [
    next?.useAtMs,
    next?.suspendAtMs,
    nextRetryAtMs(next?.key ?? current, others),
    standby && nextRetryAtMs(standby, others),
    !next && !standby && listeners(state, others).length > 0 ? standbyAtMs(state) : undefined,
    next ? undefined : agedAtMs(state),
  ].filter((time) => time !== undefined && time > nowMs) as number[];
  return times.length === 0 ? undefined : Math.min(...times);
}

function createKey<S extends KeyPlanState>(state: S): readonly [S, PlannedKey] {
  const generation = state.lastGeneration + 1;
  return [
    { ...state, lastGeneration: generation },
    { generation, usedSinceMs: undefined, deliveries: new Map() },
  ];
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
