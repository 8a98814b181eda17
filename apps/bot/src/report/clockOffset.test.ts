import { describe, expect, it } from "vitest";

import { completeReport } from "./completeReport.ts";
import { toHomeserverClock } from "./clockOffset.ts";
import { changeStream, START_MS, syntheticBots, syntheticRun, syntheticShard } from "./testing/syntheticSwarm.ts";

describe("toHomeserverClock", () => {
  const bots = changeStream(
    syntheticBots([
      { talks: true, askedMs: 0 },
      { talks: true, leftMs: 40_000 },
    ]),
    1,
    0,
    {
      firstKeyAtMs: START_MS + 1000,
      oldestSentAtMs: START_MS + 2000,
      delayMs: { p50: 310, p95: 320, max: 330 },
    },
  );
  const report = completeReport(
    syntheticRun(bots, {
      shards: [syntheticShard({ clockOffsetMs: 400 })],
      findings: [{ atMs: START_MS + 5, code: "noted", sentence: "It was noted." }],
      keyMessages: [{ atMs: START_MS + 7, sent: 1 }],
      resources: [{ atMs: START_MS + 9, part: "sfu", cpuMs: 1, rssBytes: 1 }],
    }),
  );
  // Bot 0 ran on another machine, whose clock lacks 700 ms.
  const moved = toHomeserverClock(report, (bot) => (bot === 0 ? 700 : 400));

  it("moves all that the machine noted by its own offset", () => {
    expect(moved).toMatchObject({
      clock: "homeserver",
      startedAtMs: START_MS + 400,
      endedAtMs: START_MS + 60_400,
      findings: [{ atMs: START_MS + 405 }],
      keyMessages: [{ atMs: START_MS + 407 }],
      resources: [{ atMs: START_MS + 409 }],
    });
    const [stay] = moved.bots[1]?.stays ?? [];
    expect(stay?.leftAtMs).toBe(START_MS + 40_400);
    expect(stay?.marks["granted"]).toBe((report.bots[1]?.stays[0]?.marks["granted"] ?? 0) + 400);
    expect(moved.bots[0]?.sent[0]).not.toHaveProperty("toMs");
  });

  it("moves a sender's stamps by the sender's offset, and delays by the difference", () => {
    const [stream] = moved.bots[1]?.received ?? [];
    expect(stream).toMatchObject({
      firstKeyAtMs: START_MS + 1400,
      oldestSentAtMs: START_MS + 2700,
      delayMs: { p50: 10, p95: 20, max: 30 },
    });
  });
});
