import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { completeReport } from "./completeReport.ts";
import { toHomeserverClock } from "./clockOffset.ts";
import { mergeReports } from "./mergeReports.ts";
import type { SwarmReport } from "./swarmReport.ts";
import { changeStream, START_MS, syntheticBots, syntheticRun, syntheticShard } from "./testing/syntheticSwarm.ts";

const SPECS = [
  { talks: true, films: true, askedMs: 0 },
  { talks: true },
  { manners: "silent_leaver", leftMs: 30_000 },
  { talks: true, leftMs: 50_000 },
  {},
  { manners: "late_reader" },
  { manners: "key_withholder", talks: true },
  {},
] as const;

/** A run with faults of several kinds, so that the metrics are not all nothing. */
function wholeRun(): SwarmReport {
  const bots = syntheticBots(SPECS);
  const damaged = changeStream(bots, "any", 1, { counts: { authFailed: 30 } });
  const dropped = changeStream(damaged, 4, 0, { lastPacketAtMs: START_MS + 20_000, counts: { missing: 17 } });
  const resources = [0, 10_000, 20_000].map((ms) => ({
    atMs: START_MS + ms,
    part: "sfu",
    cpuMs: ms * 0.4,
    rssBytes: 1e8 + ms,
  }));
  return completeReport(syntheticRun(dropped, { resources }));
}

/** What each machine of a run would have reported, its clock wrong by its offset. */
function split(whole: SwarmReport, shardOfBot: readonly number[], offsets: readonly number[]): SwarmReport[] {
  const offsetOf = (bot: number): number => offsets[shardOfBot[bot] ?? 0] ?? 0;
  return offsets.map((clockOffsetMs, index) => {
    const shard = syntheticShard({ index: index + 1, count: offsets.length, clockOffsetMs: -clockOffsetMs });
    const part = completeReport({
      ...whole,
      shards: [shard],
      bots: whole.bots.filter(({ number }) => shardOfBot[number] === index),
      resources: index === 0 ? whole.resources : [],
      findings: [],
    });
    // Moved by the opposite of its offset, it is by its own wrong clock.
    const wrong = toHomeserverClock(part, (bot) => -offsetOf(bot));
    return { ...wrong, clock: "machine", shards: wrong.shards.map((one) => ({ ...one, clockOffsetMs })) };
  });
}

function thrown(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe("mergeReports", () => {
  it("gives the numbers, faults and verdicts of one run, however the bots are spread and the clocks are off", () => {
    const whole = wholeRun();
    const arbitrary = fc
      .array(fc.integer({ min: -5000, max: 5000 }), { minLength: 1, maxLength: 4 })
      .chain((offsets) =>
        fc.tuple(
          fc.constant(offsets),
          fc.array(fc.nat(offsets.length - 1), { minLength: SPECS.length, maxLength: SPECS.length }),
        ),
      );
    fc.assert(
      fc.property(arbitrary, ([offsets, shardOfBot]) => {
        const merged = mergeReports(split(whole, shardOfBot, offsets).toReversed());
        expect(round(merged.metrics)).toEqual(round(whole.metrics));
        expect(merged.faults).toEqual(whole.faults);
        expect(merged.expectations).toEqual(whole.expectations);
        expect(merged.shards).toHaveLength(offsets.length);
      }),
      { numRuns: 40 },
    );
  });

  it("counts bots of a machine that ended earlier as gone from then on", () => {
    const whole = wholeRun();
    const [first, second] = split(whole, [0, 1, 0, 0, 0, 0, 0, 1], [0, 0]);
    if (!first || !second) throw new Error("two shards were made");
    const merged = mergeReports([first, { ...second, endedAtMs: START_MS + 40_000 }]);
    expect(merged.bots[7]?.stays[0]?.leftAtMs).toBe(START_MS + 40_000);
    expect(merged.bots[1]?.sent[0]?.toMs).toBe(START_MS + 40_000);
  });

  const parts = split(wholeRun(), [0, 1, 2, 3, 0, 1, 2, 3], [0, 0, 0, 0]);
  const part = (index: number): SwarmReport => parts[index] ?? wholeRun();

  it.each([
    ["no report", [], "shard_missing", "There is no report to merge."],
    ["one is missing", [part(0), part(1), part(3)], "shard_missing", "Shard 3 of 4 is missing."],
    ["two are missing", [part(0), part(3)], "shard_missing", "Shards 2 and 3 of 4 are missing."],
    ["one is there twice", [...parts, part(1)], "shard_doubled", "Shard 2 of 4 is there twice."],
    [
      "another seed",
      [part(0), { ...part(1), seed: "8" }],
      "other_run",
      'The reports are not of one run: their seeds ("7" and "8") differ.',
    ],
    [
      "another scenario",
      [part(0), { ...part(1), scenario: { name: "other", expect: [] } }],
      "other_run",
      "The reports are not of one run: their scenarios differ.",
    ],
    [
      "a bot of two shards",
      [part(0), part(1), part(2), { ...part(3), bots: part(0).bots }],
      "other_run",
      "Bot 0 is in two shards, so they are not of one run.",
    ],
  ])("refuses in one sentence if there is %s", (_, reports, code, message) => {
    expect(thrown(() => mergeReports(reports))).toMatchObject({ code, message });
  });

  it("refuses what is merged already", () => {
    expect(thrown(() => mergeReports([mergeReports(parts)]))).toMatchObject({ code: "already_merged" });
  });
});

/** Moving to and fro costs a last digit. */
function round(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, inner: unknown) => (typeof inner === "number" ? Number(inner.toFixed(6)) : inner)),
  );
}
