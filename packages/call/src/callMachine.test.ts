import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  INITIAL_STATE,
  JOIN_STEPS,
  type MachineEvent,
  type MachineState,
  toCallState,
  transition,
} from "./callMachine.ts";
import { CallError } from "./errors.ts";

const NOW_MS = 1_000_000;
const error = new CallError("sfu_removed", "Removed");

function run(events: readonly MachineEvent[], from: MachineState = INITIAL_STATE): MachineState {
  return events.reduce((state, event, index) => transition(state, event, NOW_MS + index).state, from);
}

const allSteps: readonly MachineEvent[] = JOIN_STEPS.map((step) => ({ type: "stepDone", step }));
const joined = run(allSteps);

describe("the call machine", () => {
  it("names the first step that is still waited for, whatever order they end in", () => {
    const state = run([
      { type: "stepDone", step: "discovering" },
      { type: "stepDone", step: "announcing" },
    ]);

    expect(toCallState(state)).toEqual({ phase: "joining", step: "authorizing" });
    expect(toCallState(INITIAL_STATE)).toEqual({ phase: "joining", step: "discovering" });
  });

  it("is joined when the last step is done", () => {
    expect(toCallState(joined)).toEqual({ phase: "joined" });
  });

  it("is reconnecting from the start if a side was lost while joining", () => {
    const state = run([{ type: "lost", side: "sfu" }, ...allSteps]);

    expect(toCallState(state)).toEqual({ phase: "reconnecting", since: NOW_MS, cause: "sfu" });
  });

  it("keeps the time of the first loss while one side after the other is lost and told again", () => {
    const lost = run(
      [
        { type: "lost", side: "homeserver" },
        { type: "lost", side: "sfu" },
      ],
      joined,
    );

    expect(toCallState(lost)).toEqual({ phase: "reconnecting", since: NOW_MS, cause: "sfu" });
    const again = transition(lost, { type: "lost", side: "homeserver" }, NOW_MS + 60_000).state;
    expect(toCallState(again)).toEqual({ phase: "reconnecting", since: NOW_MS, cause: "sfu" });
  });

  it("is joined again only when both sides are back", () => {
    const lost = run(
      [
        { type: "lost", side: "homeserver" },
        { type: "lost", side: "sfu" },
      ],
      joined,
    );

    expect(toCallState(run([{ type: "back", side: "sfu" }], lost))).toMatchObject({ cause: "homeserver" });
    expect(
      run(
        [
          { type: "back", side: "sfu" },
          { type: "back", side: "homeserver" },
        ],
        lost,
      ),
    ).toEqual({ phase: "joined" });
  });

  it("releases once, at the end", () => {
    const left = transition(joined, { type: "leaveRequested" }, NOW_MS);
    const afterwards = transition(left.state, { type: "failed", error }, NOW_MS);

    expect(left.effects).toEqual(["release"]);
    expect(afterwards).toEqual({ state: { phase: "left" }, effects: [] });
  });

  it("keeps the error it failed with", () => {
    expect(toCallState(run([{ type: "failed", error }, { type: "leaveRequested" }]))).toEqual({
      phase: "failed",
      error,
    });
  });

  it("never leaves an end, and releases exactly once on the way to it", () => {
    fc.assert(
      fc.property(fc.array(anyEvent()), (events) => {
        let state = INITIAL_STATE;
        let releases = 0;
        for (const event of events) {
          const next = transition(state, event, NOW_MS);
          if (state.phase === "left" || state.phase === "failed") expect(next.state).toBe(state);
          releases += next.effects.length;
          state = next.state;
        }
        expect(releases).toBe(state.phase === "left" || state.phase === "failed" ? 1 : 0);
      }),
    );
  });
});

function anyEvent(): fc.Arbitrary<MachineEvent> {
  const side = fc.constantFrom("sfu" as const, "homeserver" as const);
  return fc.oneof(
    fc.record({ type: fc.constant("stepDone" as const), step: fc.constantFrom(...JOIN_STEPS) }),
    fc.record({ type: fc.constantFrom("lost" as const, "back" as const), side }),
    fc.constant({ type: "leaveRequested" as const }),
    fc.constant({ type: "failed" as const, error }),
  );
}
