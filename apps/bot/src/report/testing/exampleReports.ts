import { seededRandom } from "@conclave/kit/testing";

import type { BotReport } from "../../model.ts";
import { completeReport } from "../completeReport.ts";
import type { ResourceSample, SwarmReport } from "../swarmReport.ts";
import {
  changeStream,
  START_MS,
  type SyntheticBot,
  syntheticBots,
  syntheticRun,
  syntheticShard,
} from "./syntheticSwarm.ts";

const MINUTE_MS = 60_000;

export interface ExampleOptions {
  readonly people: number;
  readonly talkers: number;
  readonly cameras: number;
  readonly durationMs: number;
  readonly isBroken: boolean;
}

/** A made-up report to look at: of a good run, or of one with each sabotage in it. */
export function exampleReport(options: ExampleOptions): SwarmReport {
  const { people, talkers, cameras, durationMs, isBroken } = options;
  const specs = Array.from({ length: people }, (_, number): SyntheticBot => {
    const isLeaver = number >= people - 4;
    return {
      talks: number < talkers,
      films: number < cameras,
      askedMs: (number * Math.min(durationMs / 3, people * 500)) / people,
      ...(isLeaver ? { manners: "silent_leaver", leftMs: durationMs * 0.6 + (people - number) * 1500 } : {}),
    };
  });
  const bots = listenOn(syntheticBots(specs, { durationMs }), durationMs);
  const scenario = {
    name: people > 100 ? "all-hands" : "small-talk",
    expect: [
      "pairs=100%",
      "undecryptable=0",
      "first-frame.p95<2s",
      "plaintext=0",
      "leave-to-last.p95<2s",
      "failed-joins=0",
      "sink-losses=0",
    ].map((text) => ({ text })),
    people: { protocol: people, native: 0, browser: 0 },
    talkers,
    cameras,
  };
  return completeReport(
    syntheticRun(isBroken ? breakThem(bots, durationMs) : bots, {
      scenario,
      endedAtMs: START_MS + durationMs,
      shards: [
        syntheticShard({
          endedAtMs: START_MS + durationMs,
          machine: {
            cpu: "AMD EPYC 7763 64-Core Processor",
            cores: 2,
            memoryBytes: 8.2e9,
            node: "v24.21.0",
            platform: "linux x64",
          },
        }),
      ],
      resources: exampleResources(people, durationMs),
      counters: {
        homeserver: { events: people * 9, "to-device messages": people * people * 2 },
        sfu: { packets: people * talkers * durationMs * 0.05 },
      },
      findings: isBroken
        ? [
            {
              atMs: START_MS + 14_200,
              code: "crashed_host",
              sentence: "A process of bots ended and was started again: <img src=x onerror=alert(1)>",
            },
          ]
        : [],
    }),
  );
}

/** After they left, silent leavers could read on for up to a second and a half. */
function listenOn(bots: readonly BotReport[], durationMs: number): BotReport[] {
  const random = seededRandom(5);
  return bots.map((bot) => {
    const leftAtMs = bot.stays[0]?.leftAtMs;
    if (bot.manners !== "silent_leaver" || leftAtMs === undefined) return bot;
    const received = bot.received.map((stream) => ({
      ...stream,
      lastDecryptedAtMs: leftAtMs + 200 + random.next() * random.next() * 1500,
      lastPacketAtMs: START_MS + durationMs,
      counts: { ...stream.counts, missingKey: 900 },
    }));
    return { ...bot, received };
  });
}

/** Bot 1 flips bits, 2 does not encrypt, 3 does not rotate; one key message and one subscription are lost; and more. */
function breakThem(bots: readonly BotReport[], durationMs: number): BotReport[] {
  const none = { firstDecryptedAtMs: undefined, lastDecryptedAtMs: undefined, delayMs: undefined } as const;
  const endMs = START_MS + durationMs;
  const [leaver, lonely, deaf, slow] = [bots.length - 2, 17, 23, 31];
  const steps: ((all: readonly BotReport[]) => BotReport[])[] = [
    (all) => changeStream(all, "any", 1, { counts: { good: 2970, authFailed: 30 } }),
    (all) => changeStream(all, "any", 2, { ...none, counts: { good: 0, plaintext: 2400 }, keyState: "held" }),
    (all) => changeStream(all, leaver, 3, { lastDecryptedAtMs: endMs - 1000 }),
    (all) =>
      changeStream(all, lonely, 4, {
        ...none,
        firstKeyAtMs: undefined,
        counts: { good: 0, missingKey: 2400 },
        keyState: "none",
      }),
    (all) =>
      changeStream(all, deaf, 5, { lastPacketAtMs: endMs - MINUTE_MS / 3, lastDecryptedAtMs: endMs - MINUTE_MS / 3 }),
    (all) => changeStream(all, slow, 0, { longestGapMs: 3400, counts: { missing: 170 } }),
    (all) => changeStream(all, 12, 6, "nothing"),
  ];
  return steps.reduce<BotReport[]>((all, step) => step(all), [...bots]);
}

function exampleResources(people: number, durationMs: number): ResourceSample[] {
  const random = seededRandom(9);
  const parts = [
    { part: "sfu", share: 0.0022 * people, bytes: 9e7 + people * 4e5 },
    { part: "bots", share: 0.004 * people, bytes: 1.2e8 + people * 2.1e6 },
    { part: "homeserver", share: 0.0004 * people, bytes: 1.4e8 },
  ];
  return parts.flatMap(({ part, share, bytes }) => {
    let cpuMs = 0;
    return Array.from({ length: Math.floor(durationMs / 1000) }, (_, second) => {
      const filled = Math.min(1, second / (durationMs / 3000));
      cpuMs += 1000 * share * filled * (0.85 + random.next() * 0.3) + 10;
      return {
        atMs: START_MS + second * 1000,
        part,
        cpuMs,
        rssBytes: bytes * (0.5 + filled / 2) + random.next() * 2e6,
      };
    });
  });
}
