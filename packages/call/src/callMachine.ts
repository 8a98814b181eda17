import type { CallError } from "./errors.ts";
import type { CallState, JoinStep, LeaveReason } from "./model.ts";

/**
 * What a call is doing, decided without doing anything.
 *
 * ```
 *            all steps done            a side is lost
 *   joining ───────────────► joined ◄───────────────► reconnecting
 *      │                       │    both sides are back    │
 *      └───────────┬───────────┴─────────────┬─────────────┘
 *           leaveRequested                 failed
 *                  ▼                         ▼
 *                left                      failed
 * ```
 */
export type MachineState =
  | { readonly phase: "joining"; readonly pending: readonly JoinStep[]; readonly lost: readonly LostSide[] }
  | { readonly phase: "joined" }
  | { readonly phase: "reconnecting"; readonly lost: readonly LostSide[] }
  | { readonly phase: "left"; readonly because?: LeaveReason }
  | { readonly phase: "failed"; readonly error: CallError };

/** A side that is being waited for, and since when (wall clock). */
export interface LostSide {
  readonly side: Side;
  readonly sinceMs: number;
}

export type Side = "sfu" | "homeserver";

export type MachineEvent =
  | { readonly type: "stepDone"; readonly step: JoinStep }
  | { readonly type: "lost"; readonly side: Side }
  | { readonly type: "back"; readonly side: Side }
  | { readonly type: "leaveRequested"; readonly because?: LeaveReason | undefined }
  | { readonly type: "failed"; readonly error: CallError };

export type MachineEffect = "release";

export interface Transition {
  readonly state: MachineState;
  readonly effects: readonly MachineEffect[];
}

/** The steps of a join in the order in which people are told about them; some run at the same time. */
export const JOIN_STEPS: readonly JoinStep[] = ["discovering", "authorizing", "connecting", "announcing", "keying"];

export const INITIAL_STATE: MachineState = { phase: "joining", pending: JOIN_STEPS, lost: [] };

export function transition(state: MachineState, event: MachineEvent, nowMs: number): Transition {
  if (state.phase === "left" || state.phase === "failed") return { state, effects: [] };
  switch (event.type) {
    case "leaveRequested":
      return { state: { phase: "left", ...(event.because && { because: event.because }) }, effects: ["release"] };
    case "failed":
      return { state: { phase: "failed", error: event.error }, effects: ["release"] };
    case "stepDone":
      return { state: withoutStep(state, event.step), effects: [] };
    default:
      return { state: withSide(state, event, nowMs), effects: [] };
  }
}

type LiveState = Exclude<MachineState, { phase: "left" } | { phase: "failed" }>;

function withoutStep(state: LiveState, step: JoinStep): MachineState {
  if (state.phase !== "joining") return state;
  const pending = state.pending.filter((other) => other !== step);
  return pending.length > 0 ? { ...state, pending } : afterJoining(state.lost);
}

function withSide(state: LiveState, event: { type: "lost" | "back"; side: Side }, nowMs: number): MachineState {
  const before = state.phase === "joined" ? [] : state.lost;
  const others = before.filter(({ side }) => side !== event.side);
  const known = before.find(({ side }) => side === event.side);
  const lost = event.type === "back" ? others : [...others, known ?? { side: event.side, sinceMs: nowMs }];
  return state.phase === "joining" ? { ...state, lost } : afterJoining(lost);
}

function afterJoining(lost: readonly LostSide[]): MachineState {
  return lost.length > 0 ? { phase: "reconnecting", lost } : { phase: "joined" };
}

/** The part of the state that people see. A lost SFU is named before a lost homeserver: it is what one hears. */
export function toCallState(state: MachineState): CallState {
  switch (state.phase) {
    case "joining":
      return { phase: "joining", step: JOIN_STEPS.find((step) => state.pending.includes(step)) ?? "keying" };
    case "reconnecting": {
      const sinceMs = Math.min(...state.lost.map((lost) => lost.sinceMs));
      const cause = state.lost.some(({ side }) => side === "sfu") ? "sfu" : "homeserver";
      return { phase: "reconnecting", since: sinceMs, cause };
    }
    default:
      return state;
  }
}
