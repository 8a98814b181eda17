import { describe, expect, it } from "vitest";

import { completeReport } from "./completeReport.ts";
import { parseSwarmReport, type ResourceSample } from "./swarmReport.ts";
import {
  changeBot,
  changeStream,
  START_MS,
  syntheticBots,
  syntheticRun,
  syntheticShard,
} from "./testing/syntheticSwarm.ts";

const TALK = { talks: true, askedMs: 0 };

function sample(part: string, seconds: number, cpuMs: number): ResourceSample {
  return { atMs: START_MS + seconds * 1000, part, cpuMs, rssBytes: 100 };
}

describe("completeReport", () => {
  it("holds the expectations of a run in which everything went well", () => {
    const report = completeReport(syntheticRun(syntheticBots([TALK, { talks: true }, {}])));
    expect(report.metrics["pairs"]).toEqual({ value: 1, count: 4, unit: "share" });
    expect(report.metrics["undecryptable"]).toEqual({ value: 0, unit: "count" });
    expect(report.expectations).toEqual([
      { text: "pairs=100%", holds: true, sentence: "pairs is 100 %; expected is = 100 %." },
      { text: "undecryptable=0", holds: true, sentence: "undecryptable is 0; expected is = 0." },
    ]);
    expect(report.isVoid).toBe(false);
  });

  it("does not hold an expectation that it cannot read", () => {
    const scenario = { name: "x", expect: [{ text: "speed<1" }] };
    const [verdict] = completeReport(syntheticRun([], { scenario })).expectations;
    expect(verdict).toMatchObject({ holds: false });
    expect(verdict?.sentence).toContain('The expectation names no metric "speed"');
  });

  it("is void if the swarm itself was too slow", () => {
    const report = completeReport(syntheticRun([], { shards: [syntheticShard({ sinkLosses: 3 })] }));
    expect(report).toMatchObject({ isVoid: true, metrics: { "sink-losses": { value: 3 }, void: { value: 1 } } });
    expect(report.voidReason).toContain("too slow to look at 3 frames in time");
  });

  it("is void if its bots had to wait for their processor, and only then", () => {
    const short = completeReport(syntheticRun([], { shards: [syntheticShard({ longestLagMs: 1_999 })] }));
    const long = completeReport(syntheticRun([], { shards: [syntheticShard({ longestLagMs: 6_000 })] }));

    expect(short.isVoid).toBe(false);
    expect(long).toMatchObject({ isVoid: true, metrics: { void: { value: 1 } } });
    expect(long.voidReason).toContain("kept them waiting for up to 6 s at a time");
  });

  it("names the senders whose keys a leaver could still use", () => {
    const bots = syntheticBots([TALK, { talks: true }, { talks: true }, { manners: "silent_leaver", leftMs: 30_000 }]);
    const leftAtMs = START_MS + 30_000;
    const rotated = changeStream(bots, 3, "any", { lastDecryptedAtMs: leftAtMs + 400 });
    expect(completeReport(syntheticRun(rotated))).toMatchObject({
      findings: [],
      metrics: { "leave-to-last": { p50: 400, p95: 400, max: 400, count: 3 } },
    });
    const broken = changeStream(rotated, 3, 1, { lastDecryptedAtMs: START_MS + 59_000 });
    const report = completeReport(syntheticRun(broken));
    expect(report.findings).toEqual([
      {
        atMs: leftAtMs,
        bot: 3,
        code: "rotation_missing",
        sentence:
          "Bot 3 could still decrypt bot 1 up to 29 s after it had left, so bot 1 did not rotate its key in time.",
      },
    ]);
    expect(report.metrics["leave-to-last"]).toMatchObject({ p95: 29_000 });
    expect(completeReport({ ...report }).findings).toEqual(report.findings);
  });

  it("measures no rotation where nobody listened on", () => {
    const report = completeReport(syntheticRun(syntheticBots([TALK, { leftMs: 30_000 }])));
    expect(report.metrics["leave-to-last"]).toEqual({ count: 0, unit: "ms" });
  });

  it("names a joiner that could read what was sent before it came", () => {
    const bots = syntheticBots([TALK, { askedMs: 30_000 }]);
    const joinedAtMs = bots[1]?.stays[0]?.joinedAtMs ?? 0;
    const fresh = changeStream(bots, 1, 0, { oldestSentAtMs: joinedAtMs - 9000 });
    expect(completeReport(syntheticRun(fresh))).toMatchObject({
      findings: [],
      metrics: { "past-readable": { value: 0 } },
    });
    const old = changeStream(bots, 1, 0, { oldestSentAtMs: joinedAtMs - 20_000 });
    expect(completeReport(syntheticRun(old))).toMatchObject({
      findings: [
        { code: "past_readable", bot: 1, sentence: "Bot 1 could decrypt what bot 0 sent up to 20 s before it joined." },
      ],
      metrics: { "past-readable": { value: 1 } },
    });
  });

  it("calls a stream late by the grace that the scenario gives", () => {
    const bots = syntheticBots([TALK, {}]);
    const stream = bots[1]?.received.find(({ from }) => from === 0);
    const slow = changeStream(bots, 1, 0, { firstDecryptedAtMs: (stream?.signalledAtMs ?? 0) + 5000 });
    const withGrace = (graceMs: number): unknown =>
      completeReport(syntheticRun(slow, { scenario: { name: "synthetic", expect: [], graceMs } })).metrics["pairs"];

    expect(withGrace(3000)).toMatchObject({ value: 0, count: 1 });
    expect(withGrace(10_000)).toMatchObject({ value: 1, count: 1 });
  });

  it("finds a key that came much later than others do, though within the grace", () => {
    const bots = syntheticBots([TALK, { talks: true }, { talks: true }, {}, {}]);
    const packetMs = bots[4]?.received.find(({ from }) => from === 1)?.firstPacketAtMs ?? 0;
    const late = changeStream(bots, 4, 1, { firstKeyAtMs: packetMs + 1900, firstDecryptedAtMs: packetMs + 1910 });
    const report = completeReport(syntheticRun(late));
    expect(report.faults).toEqual([]);
    expect(report.findings).toMatchObject([{ code: "key_late", bot: 4 }]);
    expect(report.findings[0]?.sentence).toMatch(
      /^Bot 4 waited 1\.9 s for the key of bot 1, where half of all waits were at most/,
    );
  });

  it("takes first-frame only where somebody was sending, and all the waiting where no frame came", () => {
    const bots = syntheticBots([TALK, { askedMs: 10_000 }]);
    const [stay] = bots[1]?.stays ?? [];
    const { first_frame: _, ...marks } = stay?.marks ?? {};
    const frameless = changeBot(changeStream(bots, 1, 0, { firstDecryptedAtMs: undefined }), 1, {
      stays: [{ ...stay, askedAtMs: START_MS + 10_000, marks }],
    });
    const well = completeReport(syntheticRun(bots)).metrics["first-frame"];
    expect(well).toMatchObject({ count: 1, max: (stay?.marks["first_frame"] ?? 0) - START_MS - 10_000 });
    expect(completeReport(syntheticRun(frameless)).metrics["first-frame"]).toMatchObject({ count: 1, max: 50_000 });
  });

  it("counts failed joins and crashes", () => {
    const failure = { code: "sfu_unreachable", evidence: "no answer" };
    const bots = changeBot(syntheticBots([TALK, {}, {}]), 1, {
      stays: [{ askedAtMs: START_MS, leftAtMs: START_MS + 9, marks: {}, failure }],
    });
    const crashed = changeBot(bots, 2, {
      findings: [{ atMs: START_MS + 5000, bot: 2, code: "crashed", sentence: "It ended." }],
    });
    expect(completeReport(syntheticRun(crashed)).metrics).toMatchObject({
      "failed-joins": { value: 1 },
      crashes: { value: 1 },
    });
  });

  it("shares key messages out among the changes that they follow", () => {
    const bots = syntheticBots([{ askedMs: 0 }, { askedMs: 10_000 }, { askedMs: 20_000 }]);
    const sent = [0, 5, 15, 25, 50].map((seconds, index) => ({
      atMs: START_MS + seconds * 1000,
      sent: [0, 1, 3, 7, 8][index] ?? 0,
    }));
    const { metrics } = completeReport(syntheticRun(bots, { keyMessages: sent }));
    expect(metrics["key-messages"]).toEqual({ p50: 2, p95: 5, max: 5, count: 3, unit: "count" });
    expect(completeReport(syntheticRun(bots)).metrics["key-messages"]).toEqual({ value: 100, count: 3, unit: "count" });
  });

  it("takes processor shares between samples and memory over all parts", () => {
    const resources = [sample("sfu", 0, 0), sample("sfu", 1, 500), sample("sfu", 2, 700), sample("bots", 2, 5)];
    const { metrics } = completeReport(syntheticRun([], { resources }));
    expect(metrics["sfu-cpu"]).toEqual({ p50: 0.2, p95: 0.5, max: 0.5, count: 2, unit: "share" });
    expect(metrics["memory"]).toEqual({ p50: 200, p95: 200, max: 200, count: 1, unit: "bytes" });
  });
});

describe("parseSwarmReport", () => {
  const report = completeReport(syntheticRun(syntheticBots([TALK, {}])));

  it("reads back what was written", () => {
    expect(parseSwarmReport(JSON.stringify(report))).toEqual(report);
  });

  it.each([
    ["{", "bad_report", "The report is not JSON: was it cut off while it was written?"],
    [
      JSON.stringify({ ...report, version: 2 }),
      "other_version",
      "The report is of version 2, and this program reads version 1: use the program that wrote it.",
    ],
    [
      JSON.stringify({ ...report, seed: 7, endedAtMs: "late" }),
      "bad_report",
      "The report's seed is wrong: invalid input: expected string, received number.\nThe report's endedAtMs is wrong: invalid input: expected number, received string.",
    ],
  ])("says in one sentence for each fault what is wrong", (text, code, message) => {
    expect(() => parseSwarmReport(text)).toThrow(expect.objectContaining({ code, message }) as Error);
  });
});
