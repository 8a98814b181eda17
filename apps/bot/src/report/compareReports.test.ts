import { describe, expect, it } from "vitest";

import { compareReports, formatComparison } from "./compareReports.ts";
import { completeReport } from "./completeReport.ts";
import { renderComparison } from "./page/renderComparison.ts";
import type { Metrics, SwarmReport } from "./swarmReport.ts";
import { syntheticBots, syntheticRun } from "./testing/syntheticSwarm.ts";

const BASE = completeReport(syntheticRun(syntheticBots([{ talks: true }, {}, { leftMs: 30_000 }])));

function withMetrics(metrics: Metrics): SwarmReport {
  return { ...BASE, metrics };
}

function joinP95(...values: readonly number[]): SwarmReport[] {
  return values.map((p95) => withMetrics({ join: { p95, unit: "ms" } }));
}

function pairs(value: number): SwarmReport {
  return withMetrics({ pairs: { value, unit: "share" } });
}

function frames(value: number): SwarmReport {
  return withMetrics({ undecryptable: { value, unit: "count" } });
}

type Runs = SwarmReport | readonly SwarmReport[];

function changeOf(a: Runs, b: Runs): string | undefined {
  return compareReports(a, b).rows[0]?.change;
}

describe("compareReports", () => {
  it("finds nothing between a run and itself", () => {
    const comparison = compareReports([BASE], [BASE]);
    expect(comparison.rows.every(({ change }) => change === "same")).toBe(true);
    expect(comparison.isSamePlan).toBe(true);
    expect(comparison.planSentence).toBe('Both had the same 4 joins and leaves in the same order, from seed "7".');
  });

  it("tells better from worse by the direction of the metric", () => {
    expect(changeOf(joinP95(100), joinP95(150))).toBe("worse");
    expect(changeOf(joinP95(150), joinP95(100))).toBe("better");
    expect(changeOf(pairs(1), pairs(0.999))).toBe("worse");
    expect(changeOf(pairs(0.5), pairs(1))).toBe("better");
  });

  it("does not take noise for a change, but any undecryptable frame for one", () => {
    expect(changeOf(joinP95(100), joinP95(109))).toBe("same");
    expect(changeOf(frames(0), frames(1))).toBe("worse");
  });

  it("takes the medians of several runs, and no change if their spreads overlap", () => {
    const { rows } = compareReports(joinP95(90, 100, 130), joinP95(120, 140, 150));
    expect(rows[0]).toEqual({
      name: "join.p95",
      unit: "ms",
      a: { median: 100, min: 90, max: 130, runs: 3 },
      b: { median: 140, min: 120, max: 150, runs: 3 },
      ratio: 1.4,
      change: "same",
    });
    expect(changeOf(joinP95(90, 100, 110), joinP95(120, 140, 150))).toBe("worse");
  });

  it.each([
    [
      [{ talks: true }, { askedMs: 35_000 }, { leftMs: 30_000 }],
      "The order differs: bot 2 leaves came at another place.",
    ],
    [[{ talks: true }, {}, {}], "Only one of the runs had this: bot 2 leaves."],
    [[{ films: true }, {}, { leftMs: 30_000 }], "The media differ: bot 0 sent other kinds, or was of another sort."],
    [[{ talks: true }, {}], "There were 3 bots, and 2."],
  ])("says where two plans part", (specs, planSentence) => {
    const other = completeReport(syntheticRun(syntheticBots(specs)));
    expect(compareReports(BASE, other)).toMatchObject({ isSamePlan: false, planSentence });
  });

  it("tells another seed or scenario from the same plan", () => {
    expect(compareReports(BASE, { ...BASE, seed: "8" }).planSentence).toBe('The seeds differ: "7" and "8".');
    const scenario = { name: "other", expect: [] };
    expect(compareReports(BASE, { ...BASE, scenario }).planSentence).toContain("The scenarios differ");
  });

  it("lets steps of nearly the same instant change places", () => {
    const [one, other] = [100, 300].map((askedMs) =>
      completeReport(syntheticRun(syntheticBots([{ askedMs: 0 }, { askedMs }, { askedMs: 200 }]))),
    );
    expect(compareReports(one ?? BASE, other ?? BASE).isSamePlan).toBe(true);
  });

  it("refuses to compare with nothing", () => {
    expect(() => compareReports([BASE], [])).toThrow(expect.objectContaining({ code: "nothing_to_compare" }) as Error);
  });

  it("prints what got worse first", () => {
    const a = [
      withMetrics({ join: { p95: 100, unit: "ms" }, delay: { p95: 40, unit: "ms" }, gap: { max: 80, unit: "ms" } }),
    ];
    const b = [withMetrics({ join: { p95: 1500, unit: "ms" }, delay: { p95: 20, unit: "ms" } })];
    expect(formatComparison(compareReports(a, b)).split("\n").slice(2)).toEqual([
      "metric          a             b  b / a",
      "join.p95   100 ms         1.5 s  15.00  worse",
      "delay.p95   40 ms         20 ms   0.50  better",
      "gap.max     80 ms  not measured      –  unmeasured",
      "",
      "1 got worse, 1 got better.",
    ]);
  });

  it("makes a page of it in which names are only text", () => {
    const page = renderComparison(compareReports(joinP95(100), joinP95(200)), ["<b>one", "two"]);
    expect(page).toContain("1 number got worse.");
    expect(page).toContain("&lt;b&gt;one");
  });
});
