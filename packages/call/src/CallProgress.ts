import { type Clock, computed, type ReadonlySignal, signal, untracked, type WritableSignal } from "@conclave/kit";

import { INITIAL_STATE, type MachineEvent, type MachineState, toCallState, transition } from "./callMachine.ts";
import type { CallState, JoinStep } from "./model.ts";
import type { TimingMark } from "./timings.ts";

const STEP_ENDED_BY: Partial<Readonly<Record<TimingMark, JoinStep>>> = {
  granted: "authorizing",
  signalled: "connecting",
  announced: "announcing",
};

/** Runs `callMachine`: keeps the state, performs its one effect (to release the call), and notes when things happened. */
export class CallProgress {
  readonly state: ReadonlySignal<CallState>;
  readonly marks: ReadonlyMap<TimingMark, number>;
  readonly #marks = new Map<TimingMark, number>();
  readonly #machine: WritableSignal<MachineState> = signal(INITIAL_STATE);
  readonly #clock: Clock;
  readonly #release: () => void;

  constructor(clock: Clock, release: () => void) {
    this.marks = this.#marks;
    this.#clock = clock;
    this.#release = release;
    // Compared by content: a state is told to people once, however often it is reached.
    this.state = computed(() => toCallState(this.#machine.get()), { equals: isSameState });
  }

  dispatch(event: MachineEvent): void {
    // Untracked: an effect that tells of a change must not follow the state that the change leads to.
    const before = untracked(() => this.#machine.get());
    const { state, effects } = transition(before, event, this.#clock.nowMs());
    this.#machine.set(state);
    if (effects.includes("release")) this.#release();
  }

  /** Notes the first time that something happened, and ends the step that was waiting for it. */
  mark(name: TimingMark): void {
    if (this.#marks.has(name)) return;
    this.#marks.set(name, this.#clock.monotonicMs());
    const step = STEP_ENDED_BY[name];
    if (step) this.dispatch({ type: "stepDone", step });
  }
}

function isSameState(a: CallState, b: CallState): boolean {
  return a === b || (a.phase !== "failed" && JSON.stringify(a) === JSON.stringify(b));
}
