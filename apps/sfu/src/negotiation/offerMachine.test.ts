import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { initialOfferState, type OfferEvent, type OfferState, offerTransition } from "./offerMachine.ts";

function run(events: readonly OfferEvent[], from: OfferState = initialOfferState) {
  let state = from;
  const effects: string[] = [];
  for (const event of events) {
    const step = offerTransition(state, event);
    state = step.state;
    effects.push(...step.effects.map((effect) => ("id" in effect ? `${effect.name} ${effect.id}` : effect.name)));
  }
  return { state, effects };
}

describe("offerTransition", () => {
  it("collects wishes into one offer", () => {
    const { effects } = run([{ name: "wanted" }, { name: "wanted" }, { name: "due" }]);

    expect(effects).toEqual(["schedule", "offer 1"]);
  });

  it("offers once more when something was wished while an answer was awaited", () => {
    const { effects } = run([
      { name: "wanted" },
      { name: "due" },
      { name: "wanted" },
      { name: "wanted" },
      { name: "answered", id: 1 },
      { name: "due" },
    ]);

    expect(effects).toEqual(["schedule", "offer 1", "applyAnswer", "schedule", "offer 2"]);
  });

  it("ignores answers to other offers than the last", () => {
    const { effects, state } = run([{ name: "wanted" }, { name: "due" }, { name: "answered", id: 7 }]);

    expect(effects).toEqual(["schedule", "offer 1"]);
    expect(state.name).toBe("waiting");
  });

  it("takes an answer that does not say which offer it answers for the last one's", () => {
    const { effects, state } = run([{ name: "wanted" }, { name: "due" }, { name: "answered", id: 0 }]);

    expect(effects).toEqual(["schedule", "offer 1", "applyAnswer"]);
    expect(state.name).toBe("idle");
  });

  it("fails when the answer does not come, but not because of an older timer", () => {
    const waiting = run([{ name: "wanted" }, { name: "due" }]).state;

    expect(run([{ name: "timedOut", id: 1 }], waiting).effects).toEqual(["fail"]);
    expect(
      run(
        [
          { name: "answered", id: 1 },
          { name: "timedOut", id: 1 },
        ],
        waiting,
      ).effects,
    ).toEqual(["applyAnswer"]);
  });

  it("offers anew after a restart, whatever was under way", () => {
    const waiting = run([{ name: "wanted" }, { name: "due" }]).state;

    expect(run([{ name: "restarted" }, { name: "due" }], waiting).effects).toEqual(["schedule", "offer 2"]);
  });

  it("never has two offers under way and never reuses an id", () => {
    const event = fc.oneof(
      fc.constantFrom<OfferEvent>({ name: "wanted" }, { name: "due" }, { name: "restarted" }),
      fc.record({ name: fc.constantFrom("answered" as const, "timedOut" as const), id: fc.nat(5) }),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const ids = run(events)
          .effects.filter((effect) => effect.startsWith("offer"))
          .map((effect) => effect.slice(6));

        expect(ids).toEqual(ids.map((_, index) => String(index + 1)));
      }),
    );
  });
});
