import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  dueAtMs,
  type DepartureCause,
  startLeave,
  transition,
  type LeaveEffect,
  type LeaveEvent,
  type LeaveRules,
  type LeaveState,
} from "./leaveMachine.ts";

const RULES: LeaveRules = { delayMs: 10_000, sanityIntervalMs: 0 };
const MIDDLE = 0.5;

/** Feeds events, each with its instant, and returns the last state with all effects in order. */
function run(
  steps: readonly (readonly [atMs: number, event: LeaveEvent])[],
  { rules = RULES, isRestored = false } = {},
): { readonly state: LeaveState; readonly effects: readonly LeaveEffect[] } {
  let state: LeaveState = startLeave(rules, 0, isRestored);
  const effects: LeaveEffect[] = [];
  for (const [atMs, event] of steps) {
    const step = transition(rules, state, event, atMs);
    state = step.state;
    effects.push(...step.effects);
  }
  return { state, effects };
}

const due: LeaveEvent = { type: "due" };
const joined: LeaveEvent = { type: "participantJoined", sid: "PA_1" };
const restarted: LeaveEvent = { type: "restarted" };
const missing: LeaveEvent = { type: "participantMissing", jitter: MIDDLE };
const failed: LeaveEvent = { type: "callFailed", jitter: MIDDLE };
const left = (cause: DepartureCause, sid = "PA_1"): LeaveEvent => ({
  type: "participantLeft",
  cause,
  sid,
});

/** Waits between events as instants. */
function absolute(story: readonly (readonly [number, LeaveEvent])[]): readonly (readonly [number, LeaveEvent])[] {
  let nowMs = 0;
  return story.map(([waitMs, event]) => [(nowMs += waitMs), event] as const);
}

describe("waiting", () => {
  it("looks for the participant at once, then after 1 s, 1.5 s, 2.25 s", () => {
    const first = run([[0, due]]);
    const second = run([
      [0, due],
      [0, missing],
    ]);
    const third = run([
      [0, due],
      [0, missing],
      [1000, due],
      [1000, missing],
    ]);

    expect(first.effects).toEqual(["lookUp"]);
    expect([dueAtMs(second.state), dueAtMs(third.state)]).toEqual([1000, 2500]);
  });

  it("sends the leave when nobody came in time", () => {
    const { state, effects } = run([[10_000, due]]);

    expect([state.name, effects]).toEqual(["leaving", ["send"]]);
  });

  it("waits an hour at most", () => {
    expect(startLeave({ ...RULES, delayMs: 7_200_000 }, 0).untilMs).toBe(3_600_000);
  });

  it.each([
    ["a webhook", joined],
    ["a look-up", { type: "participantFound", sid: "PA_1" }],
  ] as const)("is connected by %s and restarts at once", (_name, event) => {
    const { state, effects } = run([[500, event]]);

    expect(state).toMatchObject({ name: "connected", deadlineMs: 10_500 });
    expect(effects).toEqual(["restart"]);
  });

  it("ends without a word when the join failed, but not when a client left by itself", () => {
    expect(run([[1, left("other")]])).toMatchObject({ state: { name: "ended", how: "aborted" }, effects: ["forget"] });
    expect(run([[1, left("client")]]).state.name).toBe("waiting");
  });

  it("sends a restored job's leave once the participant is away for a minute", () => {
    const rules = { ...RULES, delayMs: 3_600_000 };
    const early = run([[59_000, missing]], { rules, isRestored: true });
    const late = run([[60_000, missing]], { rules, isRestored: true });
    const fresh = run([[60_000, missing]], { rules });

    expect([early.state.name, late.state.name, fresh.state.name]).toEqual(["waiting", "leaving", "waiting"]);
  });
});

describe("connected", () => {
  it("moves the deadline with each restart and restarts after 80 % of the delay", () => {
    const { state, effects } = run([
      [0, joined],
      [100, restarted],
      [8100, due],
      [8200, restarted],
    ]);

    expect(state).toMatchObject({ deadlineMs: 18_200, restartAtMs: 16_200 });
    expect(effects.filter((effect) => effect !== "lookUp")).toEqual(["restart", "store", "restart", "store"]);
  });

  it.each(["client", "other"] as const)("sends the leave when the participant left: %s", (cause) => {
    const { state, effects } = run([
      [0, joined],
      [100, restarted],
      [200, left(cause)],
    ]);

    expect([state.name, effects.at(-1)]).toEqual(["leaving", "send"]);
  });

  it("asks before it believes that an identity left which joined a second time", () => {
    const doubted = run([
      [0, joined],
      [100, restarted],
      [200, left("duplicate")],
    ]);
    const there = transition(RULES, doubted.state, { type: "participantFound", sid: "PA_2" }, 300);
    const gone = transition(RULES, doubted.state, missing, 300);

    expect([doubted.state.name, dueAtMs(doubted.state)]).toEqual(["connected", 200]);
    expect(there.state.name).toBe("connected");
    expect([gone.state.name, gone.effects]).toEqual(["leaving", ["send"]]);
  });

  it("waits for who comes back after the SFU was started anew, but not for ever", () => {
    const waiting = run([
      [0, joined],
      [100, restarted],
      [200, left("shutdown")],
    ]);
    const back = transition(RULES, waiting.state, { type: "participantFound", sid: "PA_2" }, 4000);
    const away = transition(RULES, waiting.state, due, 10_100);

    expect([waiting.state.name, dueAtMs(waiting.state)]).toEqual(["waiting", 200]);
    expect([back.state.name, back.effects]).toEqual(["connected", ["restart"]]);
    expect([away.state.name, away.effects]).toEqual(["leaving", ["send"]]);
  });

  it("does not take the departure of an earlier connection for the present one's", () => {
    const { state, effects } = run([
      [0, joined],
      [100, restarted],
      [150, { type: "participantJoined", sid: "PA_2" }],
      [200, left("other", "PA_1")],
    ]);

    expect([state.name, effects]).toEqual(["connected", ["restart", "store"]]);
  });

  it("means a missing participant only once the SFU has confirmed it", () => {
    const rules = { ...RULES, sanityIntervalMs: 1000 };
    const unconfirmed = run(
      [
        [0, joined],
        [500, missing],
      ],
      { rules },
    );
    const confirmed = run(
      [
        [0, joined],
        [100, { type: "participantFound" }],
        [1100, due],
        [1200, missing],
      ],
      { rules },
    );

    expect(unconfirmed.state.name).toBe("connected");
    expect([confirmed.state.name, confirmed.effects]).toEqual(["leaving", ["restart", "lookUp", "send"]]);
  });

  it("goes on after a failed look-up", () => {
    const rules = { ...RULES, sanityIntervalMs: 1000 };
    const { state } = run(
      [
        [0, { type: "participantFound" }],
        [1000, due],
        [1100, { type: "lookUpFailed", jitter: 0 }],
      ],
      {
        rules,
      },
    );

    expect(state).toMatchObject({ name: "connected", lookUpAtMs: 2100 });
  });

  it("aborts without sending when the event is gone", () => {
    const { state, effects } = run([
      [0, joined],
      [100, { type: "eventGone" }],
    ]);

    expect([state, effects]).toEqual([{ name: "ended", how: "aborted" }, ["restart", "forget"]]);
  });

  it("is lost, said so, when no restart lasts before the deadline", () => {
    const { state, effects } = run([
      [0, joined],
      [100, failed],
      [1100, due],
      [1200, failed],
      [10_000, due],
    ]);

    const calls = effects.filter((effect) => effect !== "lookUp");
    expect([state, calls]).toEqual([{ name: "ended", how: "lost" }, ["restart", "restart", "forget"]]);
  });

  it("waits as long as the homeserver asks for", () => {
    const { state } = run([
      [0, joined],
      [100, { ...failed, retryAfterMs: 4000 }],
    ]);

    expect(state).toMatchObject({ restartAtMs: 4100 });
  });

  it("restarts twice a second at most, however short the delay", () => {
    const { state } = run(
      [
        [0, joined],
        [1, restarted],
      ],
      { rules: { ...RULES, delayMs: 5 } },
    );

    expect(state).toMatchObject({ restartAtMs: 501, deadlineMs: 1001 });
  });
});

describe("leaving", () => {
  it.each(["sent", "eventGone"] as const)("has done its work when the homeserver says %s", (type) => {
    const { state, effects } = run([
      [10_000, due],
      [10_100, { type }],
    ]);

    expect([state, effects]).toEqual([{ name: "ended", how: "sent" }, ["send", "forget"]]);
  });

  it("tries again until the homeserver's own timer has fired", () => {
    const again = run([
      [0, joined],
      [100, restarted],
      [200, left("other")],
      [300, failed],
    ]);
    const late = run([
      [0, joined],
      [100, restarted],
      [200, left("other")],
      [9500, failed],
    ]);

    expect(again.state).toMatchObject({ name: "leaving", sendAtMs: 1300 });
    expect([late.state, late.effects.at(-1)]).toEqual([{ name: "ended", how: "unsent" }, "forget"]);
  });
});

describe("any state", () => {
  const anyEvent: fc.Arbitrary<LeaveEvent> = fc.oneof(
    fc.constantFrom<LeaveEvent>(due, joined, restarted, missing, failed, { type: "sent" }, { type: "eventGone" }),
    fc.constantFrom<LeaveEvent>(left("client"), left("duplicate"), left("shutdown"), left("other"), {
      type: "lookUpFailed",
      jitter: 1,
    }),
    fc.constantFrom<LeaveEvent>({ type: "participantFound" }, { ...failed, retryAfterMs: 100 }),
  );
  const anyStory = fc.array(fc.tuple(fc.nat(4000), anyEvent), { maxLength: 60 });
  const anyRules = fc.record({
    delayMs: fc.integer({ min: 1, max: 60_000 }),
    sanityIntervalMs: fc.constantFrom(0, 500),
  });

  it("ends silently when another job takes its place", () => {
    fc.assert(
      fc.property(anyRules, anyStory, (rules, story) => {
        const { state } = run(absolute(story), { rules });

        const step = transition(rules, state, { type: "replaced" }, 1e9);

        expect(step.effects).toEqual([]);
        expect(step.state.name).toBe("ended");
      }),
    );
  });

  it("is either ended and forgotten once, or due at some time, or waiting for an answer", () => {
    fc.assert(
      fc.property(anyRules, anyStory, (rules, story) => {
        const { state, effects } = run(absolute(story), { rules });

        const forgotten = effects.filter((effect) => effect === "forget").length;
        expect(forgotten).toBe(state.name === "ended" ? 1 : 0);
        const isAsking = state.name === "leaving" && state.sendAtMs === undefined;
        expect(state.name === "ended" || isAsking || dueAtMs(state) < Infinity).toBe(true);
      }),
    );
  });

  it("never restarts an event after it began to send it", () => {
    fc.assert(
      fc.property(anyRules, anyStory, (rules, story) => {
        const { effects } = run(absolute(story), { rules });

        const sent = effects.indexOf("send");
        expect(sent < 0 || !effects.slice(sent).includes("restart")).toBe(true);
      }),
    );
  });
});
