import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { BotTier } from "../model.ts";
import type { BotAct, PlannedAct, SwarmPlan } from "./plan.ts";
import { planSwarm } from "./planSwarm.ts";
import { checkScenario } from "./readScenario.ts";
import { NEED_SENDER, phaseDurationMs, totalPeople } from "./scenario.ts";
import type { Scenario } from "./scenario.ts";
import { anyScenario } from "./testing/anyScenario.ts";

type OfBot = Extract<PlannedAct, { bot: number }>;

function actsOfBots(plan: SwarmPlan): OfBot[] {
  return plan.timeline.filter((act): act is OfBot => "bot" in act);
}

/** Follows a plan; `between` sees who is in the call and who would talk there, from one instant to the next. */
function follow(
  plan: SwarmPlan,
  between: (now: { inside: ReadonlySet<number>; talking: readonly number[] }, fromMs: number, toMs: number) => void,
): void {
  const inside = new Set<number>();
  const hushed = new Set<number>();
  const talkers = plan.bots.filter((bot) => bot.talks).map((bot) => bot.number);
  for (const [index, act] of plan.timeline.entries()) {
    if (act.act === "join") inside.add(act.bot);
    if (act.act === "leave" || act.act === "vanish" || act.act === "kick") inside.delete(act.bot);
    if (act.act === "hush") hushed.add(act.bot);
    if (act.act === "talk") hushed.delete(act.bot);
    const toMs = plan.timeline[index + 1]?.atMs ?? plan.endsAtMs;
    const talking = talkers.filter((bot) => inside.has(bot) && !hushed.has(bot));
    if (toMs > act.atMs) between({ inside, talking }, act.atMs, toMs);
  }
}

/** Joins of those who are in or kicked out, and leaves of those who are not in. */
function outOfPlace(planned: SwarmPlan): OfBot[] {
  const where = new Map<number, BotAct>();
  return actsOfBots(planned).filter(({ bot, act }) => {
    if (!["join", "leave", "vanish", "kick"].includes(act)) return false;
    const before = where.get(bot) ?? "leave";
    where.set(bot, act);
    return act === "join" ? before === "join" || before === "kick" : before !== "join";
  });
}

function plan(raw: object): SwarmPlan {
  return planSwarm(checkScenario({ name: "party", people: { protocol: 10 }, ...raw }));
}

function counts(acts: readonly PlannedAct[], act: PlannedAct["act"]): number {
  return acts.filter((each) => each.act === act).length;
}

describe("planSwarm", () => {
  it("makes the same plan of the same seed, byte for byte", () => {
    fc.assert(
      fc.property(anyScenario(), (raw) => {
        const again = structuredClone(raw);
        expect(JSON.stringify(plan(again))).toBe(JSON.stringify(plan(raw)));
      }),
    );
  });

  it("lets senders wait until all are in, and then begin one after the other", () => {
    const planned = plan({ talkers: 3, cameras: 2, ramp: "2/s", for: "60s", senders: "when_all_are_in" });

    const senders = planned.bots.filter(({ films, talks }) => films || talks).map(({ number }) => number);
    const begins = actsOfBots(planned).filter(({ act }) => act === "talk" || act === "film");
    const lastJoinMs = Math.max(...actsOfBots(planned).flatMap(({ act, atMs }) => (act === "join" ? atMs : [])));
    expect(new Set(begins.map(({ bot }) => bot))).toEqual(new Set(senders));
    expect(begins.every(({ atMs }) => atMs > lastJoinMs)).toBe(true);
    expect(new Set(begins.map(({ atMs }) => atMs)).size).toBe(senders.length);
    for (const bot of senders) expect(actsOfBots(planned).find((act) => act.bot === bot)?.act).toMatch(/hush|unfilm/);
  });

  it("makes the same plan however the scenario's keys are ordered", () => {
    const people = { protocol: 10, browser: 2 };
    const manners = { flapper: 1, silent_leaver: 2 };
    const sabotage = { lose_key: 1, flip_bit: 1 };
    const turned = {
      sabotage: { flip_bit: 1, lose_key: 1 },
      manners: { silent_leaver: 2, flapper: 1 },
      people: { browser: 2, protocol: 10 },
    };

    expect(JSON.stringify(plan(turned))).toBe(JSON.stringify(plan({ people, manners, sabotage })));
  });

  it("makes other plans of other seeds", () => {
    const plans = ["1", "2", "3", "4"].map((seed) => JSON.stringify(plan({ seed }).timeline));

    expect(new Set(plans).size).toBe(4);
  });

  it("makes the plan that it always made", () => {
    const { bots, timeline, endsAtMs } = plan({
      people: { protocol: 3, browser: 1 },
      talkers: 2,
      cameras: 1,
      talk: { activity: 0.5 },
      for: "6s",
      seed: "seven",
      manners: { silent_leaver: 1 },
    });

    expect(bots.map(({ tier, manners, talks, films }) => [tier, manners, talks, films].join(" "))).toEqual([
      "protocol polite true false",
      "protocol polite false true",
      "protocol silent_leaver false false",
      "browser polite true false",
    ]);
    expect(timeline.map((act) => Object.values(act).join(" "))).toEqual([
      "0 join 2",
      "500 join 1",
      "1000 join 0",
      "1500 hush 3",
      "1500 join 3",
      "4374 hush 0",
      "4374 talk 3",
      "4720 leave 2",
    ]);
    expect(endsAtMs).toBe(8000);
  });

  it("has as many of everything as the scenario says, numbered from 0", () => {
    fc.assert(
      fc.property(anyScenario(), (raw) => {
        const scenario = checkScenario(raw);
        const { bots, people, endsAtMs } = planSwarm(scenario);
        expect(bots.map((bot) => bot.number)).toEqual(Array.from({ length: people }, (_, number) => number));
        expect(bots.filter((bot) => bot.talks)).toHaveLength(scenario.talkers);
        expect(bots.filter((bot) => bot.films)).toHaveLength(scenario.cameras);
        for (const tier of ["protocol", "native", "browser"] as const) {
          expect(bots.filter((bot) => bot.tier === tier)).toHaveLength(scenario.people[tier]);
        }
        expectRoles(scenario, bots);
        expect(endsAtMs).toBe(scenario.phases.reduce((sum, phase) => sum + phaseDurationMs(phase), 0));
      }),
    );
  });

  it("lets nobody join twice, leave who is not there, or come back from a kick", () => {
    fc.assert(
      fc.property(anyScenario(), (raw) => {
        const planned = plan(raw);
        expect(outOfPlace(planned)).toEqual([]);
      }),
    );
  });

  it("never runs out of people in a churn that takes out almost all of them", () => {
    const churn = { phase: "churn", for: "30m", leaves: "2/s" };
    const planned = plan({ people: { protocol: 12 }, phases: [{ phase: "ramp" }, churn] });

    expect(counts(planned.timeline, "leave")).toBe((30 * 60 - 6) * 2);
    expect(outOfPlace(planned)).toEqual([]);
  });

  it("keeps its acts sorted, whole and within the run", () => {
    fc.assert(
      fc.property(anyScenario(), (raw) => {
        const { timeline, endsAtMs } = plan(raw);
        let lastMs = 0;
        const wrong = timeline.filter(({ atMs }) => {
          const isWrong = !Number.isInteger(atMs) || atMs < lastMs || atMs > endsAtMs;
          lastMs = atMs;
          return isWrong;
        });
        expect(wrong).toEqual([]);
      }),
    );
  });

  it("does what each phase says", () => {
    fc.assert(
      fc.property(anyScenario(), (raw) => {
        const scenario = checkScenario(raw);
        const { timeline, bots } = planSwarm(scenario);
        const own = new Set(bots.filter((bot) => /flapper|silent/.test(bot.manners)).map((bot) => bot.number));
        const others = timeline.filter((act) => "bot" in act && !own.has(act.bot));
        // Those that take no time would be counted with the phase behind them.
        const kicked = scenario.phases.reduce((sum, phase) => sum + (phase.phase === "kick" ? phase.people : 0), 0);
        expect(counts(others, "kick")).toBe(kicked);
        let startMs = 0;
        for (const phase of scenario.phases) {
          const endMs = startMs + phaseDurationMs(phase);
          const within = others.filter((act) => act.atMs >= startMs && act.atMs < endMs);
          if (phase.phase === "leave_wave")
            expect(counts(within, "leave") + counts(within, "vanish")).toBe(phase.people);
          if (phase.phase === "hold") expect(counts(within, "leave") + counts(within, "vanish")).toBe(0);
          if (phase.phase === "churn") {
            const leaves = counts(within, "leave") + counts(within, "vanish");
            const expected = ((phase.durationMs - 6000) * phase.leavesPerMinute) / 60_000;
            expect(Math.abs(leaves - expected)).toBeLessThanOrEqual(1);
            expect(counts(within, "join")).toBe(leaves);
          }
          startMs = endMs;
        }
      }),
    );
  });

  it("lets people in at the rate of the ramp", () => {
    const joins = plan({ ramp: "4/s" }).timeline.filter((act) => act.act === "join");

    expect(joins.map((act) => act.atMs)).toEqual([0, 250, 500, 750, 1000, 1250, 1500, 1750, 2000, 2250]);
  });

  it("lets a storm in at once, and keeps browsers in the call while others can leave", () => {
    const { timeline, bots } = plan({
      people: { protocol: 6, browser: 2 },
      phases: [
        { phase: "storm", people: 8, within: "1s" },
        { phase: "hold", for: "5s" },
        { phase: "leave_wave", people: 6, within: "1s", vanish: "100%" },
        { phase: "hold", for: "5s" },
        { phase: "kick", people: 2 },
        { phase: "restart", part: "sfu" },
        { phase: "network", share: "25%", loss: "10%", for: "3s" },
      ],
    });

    const tierOf = (act: PlannedAct): BotTier | undefined => ("bot" in act ? bots[act.bot]?.tier : undefined);
    expect(timeline.filter((act) => act.act === "vanish").map(tierOf)).toEqual(
      Array.from({ length: 6 }, () => "protocol"),
    );
    expect(timeline.filter((act) => act.act === "kick").map(tierOf)).toEqual(["browser", "browser"]);
    expect(timeline.slice(-3)).toEqual([
      { atMs: 12_000, act: "restart", part: "sfu" },
      { atMs: 12_000, act: "network", bots: expect.any(Array), profile: { delayMs: 0, jitterMs: 0, lossShare: 0.1 } },
      { atMs: 15_000, act: "network", bots: expect.any(Array) },
    ]);
    expect(timeline.flatMap((act) => (act.act === "network" ? [act.bots.length] : []))).toEqual([2, 2]);
  });

  it("lets silent leavers go once in the middle, and flappers again and again", () => {
    const { timeline, bots } = plan({ manners: { silent_leaver: 2, flapper: 2 }, for: "60s" });

    for (const bot of bots) {
      const leaves = timeline.filter((act) => act.act === "leave" && act.bot === bot.number);
      if (bot.manners === "polite") expect(leaves).toHaveLength(0);
      if (bot.manners === "silent_leaver") expect(leaves).toHaveLength(1);
      if (bot.manners === "flapper") expect(leaves.length).toBeGreaterThan(3);
    }
  });
});

describe("talkers", () => {
  it("always talk if nothing else is said", () => {
    expect(counts(plan({}).timeline, "hush") + counts(plan({}).timeline, "unfilm")).toBe(0);
  });

  it("take turns, but are never all silent while one of them is there", () => {
    fc.assert(
      fc.property(anyScenario(), (raw) => {
        const planned = plan(raw);
        const talkers = planned.bots.filter((bot) => bot.talks).map((bot) => bot.number);
        const silences: number[] = [];
        follow(planned, ({ inside, talking }, fromMs) => {
          if (talking.length === 0 && talkers.some((bot) => inside.has(bot))) silences.push(fromMs);
        });
        expect(silences).toEqual([]);
      }),
    );
  });

  it("talk for about as much of the time as they should", () => {
    const planned = plan({ people: { protocol: 40 }, talkers: 40, talk: { activity: 0.3 }, for: "10m", ramp: "100/s" });
    let talkedMs = 0;
    follow(planned, ({ talking }, fromMs, toMs) => {
      talkedMs += talking.length * (toMs - fromMs);
    });

    expect(talkedMs / (40 * planned.endsAtMs)).toBeGreaterThan(0.27);
    expect(talkedMs / (40 * planned.endsAtMs)).toBeLessThan(0.33);
  });

  it("take turns of 2 to 6 s", () => {
    const planned = plan({ people: { protocol: 40 }, talkers: 40, talk: { activity: 0.3 }, for: "5m", ramp: "100/s" });
    const since = new Map<number, number>();
    const turns: number[] = [];
    for (const { bot, act, atMs } of actsOfBots(planned)) {
      if (act === "talk") since.set(bot, atMs);
      if (act === "hush" && since.has(bot)) turns.push(atMs - (since.get(bot) ?? 0));
    }

    expect(turns.length).toBeGreaterThan(400);
    expect(turns.every((turn) => turn >= 2000 && turn <= 6000)).toBe(true);
  });

  it("change only what is not so yet", () => {
    fc.assert(
      fc.property(anyScenario(), (raw) => {
        const planned = plan(raw);
        const state = new Map<string, boolean>();
        const wrong = actsOfBots(planned).filter(({ bot, act }) => {
          if (!["talk", "hush", "film", "unfilm"].includes(act)) return false;
          const kind = act === "talk" || act === "hush" ? "talks" : "films";
          const isOn = act === "talk" || act === "film";
          const wasOn = state.get(`${kind} ${bot}`) ?? true;
          state.set(`${kind} ${bot}`, isOn);
          return wasOn === isOn || !planned.bots[bot]?.[kind];
        });
        expect(wrong).toEqual([]);
      }),
    );
  });

  it("are of every tier if there are enough, browsers last", () => {
    const people = { protocol: 50, browser: 2, native: 3 };
    const tiers = (talkers: number): string[] =>
      plan({ people, talkers })
        .bots.filter((bot) => bot.talks)
        .map((bot) => bot.tier);

    expect(tiers(1)).toEqual(["protocol"]);
    expect(tiers(2)).toEqual(["protocol", "native"]);
    expect(tiers(3)).toEqual(["protocol", "native", "browser"]);
    expect(tiers(8)).toEqual([...Array.from({ length: 6 }, () => "protocol"), "native", "browser"]);
    expect(tiers(55)).toHaveLength(55);
  });
});

function expectRoles(scenario: Scenario, bots: SwarmPlan["bots"]): void {
  const roles = { ...scenario.manners, ...scenario.sabotage };
  for (const [role, count] of Object.entries(roles)) {
    const having = bots.filter((bot) => bot.manners === role || bot.sabotage === role);
    expect(having).toHaveLength(count);
    expect(having.every((bot) => bot.tier === "protocol")).toBe(true);
    if (NEED_SENDER.has(role as never)) expect(having.every((bot) => bot.talks || bot.films)).toBe(true);
  }
  const total = Object.values(roles).reduce((sum, count) => sum + count, 0);
  expect(bots.filter((bot) => bot.manners !== "polite" || bot.sabotage)).toHaveLength(total);
  expect(totalPeople(scenario.people)).toBe(bots.length);
}
