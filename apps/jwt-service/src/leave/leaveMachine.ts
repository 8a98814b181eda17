import { backOffMs } from "./backOff.ts";

/*
 * A job keeps the delayed leave of one member alive while its participant is on the SFU, and sends it when it is gone.
 *
 *                 seen                              restart lasts: the deadline moves,
 *   ┌─────────┐  by webhook or look-up   ┌───────────┐  again after 80 % of the delay
 *   │ waiting ├─────────────────────────►│ connected ├──┐
 *   └─┬─────┬─┘                          └─┬───────┬─┘◄─┘
 *     │     │ never came in time           │       │
 *     │     │ (restored: away for a minute)│ left, │ event gone, or no restart
 *     │     │                              │missing│ before the deadline
 *     │     │        ┌─────────┐           │       │
 *     │     └───────►│ leaving │◄──────────┘       │
 *     │ join failed  └────┬────┘                   │
 *     │                   │ sent, gone, or too late│
 *     ▼                   ▼                        ▼
 *   ┌──────────────────────────────────────────────────┐
 *   │ ended: aborted · sent · unsent · lost · replaced │   `replaced` from every state, without a word
 *   └──────────────────────────────────────────────────┘
 *
 * From `connected` back to `waiting` for 15 s when the SFU ends: its clients come back as soon as it, or another, is there.
 *
 * In `connected`, a departure that may be another connection's (the identity joined twice) is not believed but asked
 * about at once. All instants are by the same clock; the runner calls back at `dueAtMs(state)`.
 */

/** A participant is waited for at most this long, and a leave is tried at most this long. */
const LONGEST_WAIT_MS = 3_600_000;
const SHORTEST_SEND_MS = 1000;
const RESTART_SHARE_OF_DELAY = 0.8;
/** However short the delay that a client asks for, the homeserver is not asked more often. */
const SHORTEST_RESTART_MS = 500;
/** A restored job whose participant is away for this long will not see it again: its departure fell into our absence. */
const RESTORED_ABSENCE_MS = 60_000;

/** What an SFU that is started anew, and clients that notice it, may take. */
const SHUTDOWN_GRACE_MS = 15_000;

export interface LeaveRules {
  readonly delayMs: number;
  /** How often the SFU is asked about a participant that it once confirmed; 0 = never. */
  readonly sanityIntervalMs: number;
}

export type LeaveEnding = "aborted" | "sent" | "unsent" | "lost" | "replaced";

/** `lookUpAtMs`, `restartAtMs`, `sendAtMs`: when it is next due; `undefined` while one is under way or none is wanted. */
export type LeaveState =
  | {
      readonly name: "waiting";
      readonly untilMs: number;
      readonly lookUpAtMs: number | undefined;
      readonly lookUpTries: number;
      /** Set if the job was read from a store. */
      readonly restoredAtMs: number | undefined;
    }
  | {
      readonly name: "connected";
      readonly deadlineMs: number;
      readonly restartAtMs: number | undefined;
      readonly restartTries: number;
      readonly lookUpAtMs: number | undefined;
      readonly lookUpTries: number;
      /** The SFU itself has confirmed the participant: only then does its absence mean anything. */
      readonly isConfirmed: boolean;
      /** Somebody with this identity left: the next look-up decides. */
      readonly isDoubted: boolean;
      readonly lookUpUntilMs: number;
      readonly sid: string | undefined;
    }
  | {
      readonly name: "leaving";
      readonly untilMs: number;
      readonly sendAtMs: number | undefined;
      readonly sendTries: number;
    }
  | { readonly name: "ended"; readonly how: LeaveEnding };

export type LeaveEvent =
  | { readonly type: "due" }
  | { readonly type: "replaced" }
  | { readonly type: "participantJoined"; readonly sid?: string }
  | { readonly type: "participantLeft"; readonly cause: DepartureCause; readonly sid?: string }
  | { readonly type: "participantFound"; readonly sid?: string }
  | { readonly type: "participantMissing"; readonly jitter: number }
  | { readonly type: "lookUpFailed"; readonly jitter: number }
  | { readonly type: "restarted" }
  | { readonly type: "sent" }
  | { readonly type: "eventGone" }
  | { readonly type: "callFailed"; readonly jitter: number; readonly retryAfterMs?: number };

/**
 * `client`: it left by itself. `duplicate`: the same identity connected again. `shutdown`: the SFU ended. `other`: anything
 * else, a crash included.
 */
export type DepartureCause = "client" | "duplicate" | "shutdown" | "other";

export type LeaveEffect = "lookUp" | "restart" | "send" | "store" | "forget";

export interface LeaveStep {
  readonly state: LeaveState;
  readonly effects: readonly LeaveEffect[];
}

type Waiting = Extract<LeaveState, { name: "waiting" }>;
type Connected = Extract<LeaveState, { name: "connected" }>;
type Leaving = Extract<LeaveState, { name: "leaving" }>;

/** The state of a job that was just made, or read from a store; its first look-up is due at once. */
export function startLeave(rules: LeaveRules, nowMs: number, isRestored = false): Waiting {
  return {
    name: "waiting",
    untilMs: nowMs + Math.min(rules.delayMs, LONGEST_WAIT_MS),
    lookUpAtMs: nowMs,
    lookUpTries: 0,
    restoredAtMs: isRestored ? nowMs : undefined,
  };
}

/** When `due` must be told next; infinity if nothing is waited for. */
export function dueAtMs(state: LeaveState): number {
  switch (state.name) {
    case "waiting":
      return Math.min(state.untilMs, state.lookUpAtMs ?? Infinity);
    case "connected":
      return Math.min(state.deadlineMs, state.restartAtMs ?? Infinity, state.lookUpAtMs ?? Infinity);
    case "leaving":
      return state.sendAtMs ?? Infinity;
    case "ended":
      return Infinity;
    default: {
      const unreachable: never = state;
      return unreachable;
    }
  }
}

/** What becomes of a job. Pure. @see lk-jwt-service 0.5, delegated delayed leave; MSC4140 */
export function transition(rules: LeaveRules, state: LeaveState, event: LeaveEvent, nowMs: number): LeaveStep {
  if (state.name === "ended") return stay(state);
  // The one that replaces it has the stored entry now.
  if (event.type === "replaced") return { state: { name: "ended", how: "replaced" }, effects: [] };
  switch (state.name) {
    case "waiting":
      return fromWaiting(rules, state, event, nowMs);
    case "connected":
      return fromConnected(rules, state, event, nowMs);
    case "leaving":
      return fromLeaving(state, event, nowMs);
    default: {
      const unreachable: never = state;
      return unreachable;
    }
  }
}

function fromWaiting(rules: LeaveRules, state: Waiting, event: LeaveEvent, nowMs: number): LeaveStep {
  switch (event.type) {
    case "due":
      if (nowMs >= state.untilMs) return leave(state.untilMs, nowMs);
      return isDue(state.lookUpAtMs, nowMs)
        ? { state: { ...state, lookUpAtMs: undefined }, effects: ["lookUp"] }
        : stay(state);
    case "participantJoined":
      return connect(rules, { state, nowMs, sid: event.sid, isConfirmed: false });
    case "participantFound":
      return connect(rules, { state, nowMs, sid: event.sid, isConfirmed: true });
    case "participantLeft":
      // A failed join ends the job. Who left by itself before it was seen, or may come again, is waited for.
      return event.cause === "other" ? end("aborted") : stay(state);
    case "participantMissing":
      if (state.restoredAtMs !== undefined && nowMs - state.restoredAtMs >= RESTORED_ABSENCE_MS) {
        return leave(state.untilMs, nowMs);
      }
      return stay(lookUpLater(state, event.jitter, nowMs));
    case "lookUpFailed":
      return stay(lookUpLater(state, event.jitter, nowMs));
    default:
      // Answers to calls that this state does not make.
      return stay(state);
  }
}

function fromConnected(rules: LeaveRules, state: Connected, event: LeaveEvent, nowMs: number): LeaveStep {
  switch (event.type) {
    case "due":
      return connectedDue(state, nowMs);
    case "participantJoined":
      return stay({ ...state, sid: event.sid ?? state.sid });
    case "participantLeft":
      if (event.cause === "shutdown") return waitAgain(state, nowMs);
      return isOurs(state, event) ? leave(state.deadlineMs, nowMs) : doubt(state, nowMs);
    case "participantFound":
      return stay(confirmed(rules, { ...state, sid: event.sid ?? state.sid }, nowMs));
    case "participantMissing":
      if (state.isConfirmed || state.isDoubted) return leave(state.deadlineMs, nowMs);
      return stay(confirmLater(rules, state, event.jitter, nowMs));
    case "lookUpFailed":
      return stay(confirmLater(rules, state, event.jitter, nowMs));
    case "restarted":
      return restarted(rules, state, nowMs);
    case "eventGone":
      return end("aborted");
    case "callFailed": {
      const waitMs = event.retryAfterMs ?? backOffMs(state.restartTries, event.jitter);
      return stay({ ...state, restartTries: state.restartTries + 1, restartAtMs: nowMs + waitMs });
    }
    default:
      return stay(state);
  }
}

function fromLeaving(state: Leaving, event: LeaveEvent, nowMs: number): LeaveStep {
  switch (event.type) {
    case "due":
      return isDue(state.sendAtMs, nowMs)
        ? { state: { ...state, sendAtMs: undefined }, effects: ["send"] }
        : stay(state);
    case "sent":
    // Somebody else has sent or cancelled it: it is gone, as wanted.
    case "eventGone":
      return end("sent");
    case "callFailed": {
      const waitMs = event.retryAfterMs ?? backOffMs(state.sendTries, event.jitter);
      if (nowMs + waitMs > state.untilMs) return end("unsent");
      return stay({ ...state, sendTries: state.sendTries + 1, sendAtMs: nowMs + waitMs });
    }
    default:
      // Whatever becomes of the participant now, the leave goes out.
      return stay(state);
  }
}

function connectedDue(state: Connected, nowMs: number): LeaveStep {
  if (nowMs >= state.deadlineMs) return end("lost");
  const effects: LeaveEffect[] = [];
  let next = state;
  if (isDue(state.restartAtMs, nowMs)) {
    next = { ...next, restartAtMs: undefined };
    effects.push("restart");
  }
  if (isDue(state.lookUpAtMs, nowMs)) {
    next = { ...next, lookUpAtMs: undefined };
    effects.push("lookUp");
  }
  return { state: next, effects };
}

interface Connecting {
  readonly state: Waiting;
  readonly nowMs: number;
  readonly sid: string | undefined;
  readonly isConfirmed: boolean;
}

function connect(rules: LeaveRules, { state, nowMs, sid, isConfirmed }: Connecting): LeaveStep {
  const connected: Connected = {
    name: "connected",
    deadlineMs: nowMs + rules.delayMs,
    // Under way: it is the effect below.
    restartAtMs: undefined,
    restartTries: 0,
    lookUpAtMs: state.lookUpAtMs,
    lookUpTries: state.lookUpTries,
    isConfirmed: false,
    isDoubted: false,
    lookUpUntilMs: state.untilMs,
    sid,
  };
  return { state: isConfirmed ? confirmed(rules, connected, nowMs) : connected, effects: ["restart"] };
}

function confirmed(rules: LeaveRules, state: Connected, nowMs: number): Connected {
  const lookUpAtMs = rules.sanityIntervalMs > 0 ? nowMs + rules.sanityIntervalMs : undefined;
  return { ...state, isConfirmed: true, isDoubted: false, lookUpAtMs, lookUpTries: 0 };
}

/** Look-ups go on until the SFU confirms the participant; after that, failures do not change their pace. */
function confirmLater(rules: LeaveRules, state: Connected, jitter: number, nowMs: number): Connected {
  const waitMs = backOffMs(state.lookUpTries, jitter);
  const next = { ...state, lookUpTries: state.lookUpTries + 1 };
  if (state.isDoubted) return { ...next, lookUpAtMs: nowMs + waitMs };
  if (state.isConfirmed) {
    return { ...next, lookUpAtMs: rules.sanityIntervalMs > 0 ? nowMs + rules.sanityIntervalMs : undefined };
  }
  return { ...next, lookUpAtMs: nowMs + waitMs > state.lookUpUntilMs ? undefined : nowMs + waitMs };
}

function lookUpLater(state: Waiting, jitter: number, nowMs: number): Waiting {
  return {
    ...state,
    lookUpTries: state.lookUpTries + 1,
    lookUpAtMs: nowMs + backOffMs(state.lookUpTries, jitter),
  };
}

/** A departure counts if it is that of the connection that we know, and no newer one took its place. */
function isOurs(state: Connected, event: Extract<LeaveEvent, { type: "participantLeft" }>): boolean {
  if (event.cause === "duplicate") return false;
  return state.sid === undefined || event.sid === undefined || state.sid === event.sid;
}

function waitAgain({ deadlineMs }: Connected, nowMs: number): LeaveStep {
  const untilMs = Math.min(deadlineMs, nowMs + SHUTDOWN_GRACE_MS);
  return stay({ name: "waiting", untilMs, lookUpAtMs: nowMs, lookUpTries: 0, restoredAtMs: undefined });
}

function doubt(state: Connected, nowMs: number): LeaveStep {
  return { state: { ...state, isDoubted: true, lookUpTries: 0, lookUpAtMs: nowMs }, effects: [] };
}

function restarted(rules: LeaveRules, state: Connected, nowMs: number): LeaveStep {
  const waitMs = Math.max(SHORTEST_RESTART_MS, rules.delayMs * RESTART_SHARE_OF_DELAY);
  const deadlineMs = nowMs + Math.max(rules.delayMs, waitMs + SHORTEST_RESTART_MS);
  return { state: { ...state, deadlineMs, restartTries: 0, restartAtMs: nowMs + waitMs }, effects: ["store"] };
}

function leave(deadlineMs: number, nowMs: number): LeaveStep {
  const leftMs = Math.min(LONGEST_WAIT_MS, Math.max(SHORTEST_SEND_MS, deadlineMs - nowMs));
  return {
    state: { name: "leaving", untilMs: nowMs + leftMs, sendAtMs: undefined, sendTries: 0 },
    effects: ["send"],
  };
}

function end(how: LeaveEnding): LeaveStep {
  return { state: { name: "ended", how }, effects: ["forget"] };
}

function stay(state: LeaveState): LeaveStep {
  return { state, effects: [] };
}

function isDue(atMs: number | undefined, nowMs: number): boolean {
  return atMs !== undefined && nowMs >= atMs;
}
