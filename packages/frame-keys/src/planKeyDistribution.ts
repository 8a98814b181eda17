/**
 * Decides which own sender key is in use, who gets which key, and when a key changes. Pure: `KeyDistributor` performs.
 *
 * Three keys at most exist at a time. `current` encrypts; `next` is being handed out and takes over; `standby` has been
 * handed out in advance to the members present and has never encrypted a frame, so that a joiner can be given it and it
 * can be used at once, without a gap for the others.
 *
 *     somebody left     current is known to somebody outside → next (a fresh key), at most one in 5 s; in use as soon as
 *                       all have confirmed it, else 1 s later; 5 s after the leave sending stops rather than going on
 *                       with the old key. Who sends nothing makes the new key when it sends again
 *     somebody joined   current in use for less than 10 s → it is shared; else next (the standby key), in use at once
 *     key an hour old   next (the standby key): the IVs of one key must not come round again
 *     same device,      it had the key already → the key is sent again
 *     new membership
 *
 * @see docs/protocol/key-distribution.md; matrixrtc.md 11.4
 */
import { createKey, listeners, mapKey, type Attendance, type KeyPlanState, type Started } from "./keyPlan.ts";
import { dueRecipients, nextRetryAtMs, withAttempt } from "./plannedKey.ts";
import {
  agedAtMs,
  deadlineMs,
  leaveRotationDueMs,
  noteArrivals,
  noteExposure,
  prepareStandby,
  putToUse,
  readyAtMs,
  resendAfterOwnRejoin,
  rotateForAge,
  rotateForJoiners,
  rotateForLeavers,
  standbyAtMs,
  type Step,
} from "./rotateKeys.ts";

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

/** Weighs who is present against who holds which key. */
export function planKeyDistribution(before: KeyPlanState, attendance: Attendance, nowMs: number): KeyPlan {
  const steps: readonly Step[] = [
    noteArrivals,
    resendAfterOwnRejoin,
    noteExposure,
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

function chooseSend(state: Started, { others }: Attendance, nowMs: number): KeyPlan["send"] {
  // A key that must not be used any more is of no use to anybody.
  const inQuestion = state.next?.key ?? (state.isSuspended ? undefined : state.current);
  const keys = [inQuestion, state.standby];
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

function wakeAtMs(state: Started, attendance: Attendance, nowMs: number): number | undefined {
  const { others } = attendance;
  const { next, standby, current } = state;
  const times = [
    next?.useAtMs,
    readyAtMs(state, others),
    deadlineMs(state),
    leaveRotationDueMs(state, attendance),
    nextRetryAtMs(next?.key ?? current, others),
    standby && nextRetryAtMs(standby, others),
    !next && !standby && listeners(state, others).length > 0 ? standbyAtMs(state) : undefined,
    next ? undefined : agedAtMs(state),
  ].filter((time) => time !== undefined && time > nowMs && time < Infinity) as number[];
  return times.length === 0 ? undefined : Math.min(...times);
}
