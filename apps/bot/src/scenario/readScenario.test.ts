import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { checkScenario, readScenario } from "./readScenario.ts";
import { ScenarioError } from "./ScenarioError.ts";

const PARTY = { name: "party", people: { protocol: 10, browser: 2 } };

describe("readScenario", () => {
  it("fills what is left open", () => {
    const scenario = readScenario("name: party\npeople: { protocol: 3 }");

    expect(scenario).toMatchObject({
      people: { protocol: 3, native: 0, browser: 0 },
      talkers: 3,
      cameras: 3,
      talkActivity: 1,
      graceMs: 3000,
      seed: "1",
      media: { audioFrameMs: 20, videoFramesPerSecond: 15, videoFrameBytes: 1000 },
      manners: {},
      phases: [
        { phase: "ramp", people: 3, ratePerSecond: 2 },
        { phase: "hold", durationMs: 60_000 },
      ],
      bounds: { maxPeople: 500, maxDurationMs: 7_200_000 },
    });
    expect(scenario.expect.map((expectation) => expectation.text)).toContain("pairs=100%");
  });

  it("gives ramp and for to the phases that name none of their own", () => {
    const { phases } = readScenario(`
name: party
people: { protocol: 10 }
ramp: 30/min
for: 2m
phases:
  - { phase: ramp, people: 4 }
  - { phase: ramp, rate: 5/s }
  - { phase: churn, leaves: 12/min, vanish: 50% }
  - { phase: hold, for: 3s }
  - { phase: leave_wave, share: 30%, within: 500ms }
  - { phase: storm, people: 2, within: 1s }
  - { phase: kick, people: 1 }
  - { phase: network, share: 0.2, delay: 200ms, jitter: 20ms, loss: 5%, for: 10s }
  - { phase: restart, part: all }
`);

    expect(phases).toEqual([
      { phase: "ramp", people: 4, ratePerSecond: 0.5 },
      { phase: "ramp", people: 6, ratePerSecond: 5 },
      { phase: "churn", durationMs: 120_000, leavesPerMinute: 12, vanishShare: 0.5 },
      { phase: "hold", durationMs: 3000 },
      { phase: "leave_wave", people: 3, withinMs: 500, vanishShare: 0 },
      { phase: "storm", people: 2, withinMs: 1000 },
      { phase: "kick", people: 1, withinMs: 0 },
      { phase: "network", durationMs: 10_000, share: 0.2, profile: { delayMs: 200, jitterMs: 20, lossShare: 0.05 } },
      { phase: "restart", part: "all" },
    ]);
  });

  it("never throws anything but its own error, whatever it is given", () => {
    const key = fc.constantFrom(
      "name",
      "people",
      "talkers",
      "phases",
      "expect",
      "media",
      "manners",
      "for",
      "__proto__",
    );
    const value = fc.oneof(fc.jsonValue(), fc.constantFrom("2/s", "5m", "x", { protocol: 3 }, [{ phase: "ramp" }]));
    fc.assert(
      fc.property(fc.oneof(fc.dictionary(key, value), fc.jsonValue()), (raw) => {
        const text = JSON.stringify(raw);
        try {
          readScenario(text);
        } catch (error) {
          expect(error).toBeInstanceOf(ScenarioError);
          expect((error as ScenarioError).faults.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("flags", () => {
  it("stand before the scenario's values, and --people counts everybody", () => {
    const scenario = checkScenario(PARTY, {
      flags: [
        { flag: "--people", path: ["people"], value: 50 },
        { flag: "--native", path: ["people", "native"], value: 5 },
        { flag: "--audio-frame", path: ["media", "audioFrameMs"], value: 60 },
        { flag: "--sabotage", path: ["sabotage", "flip_bit"], value: 1 },
      ],
    });

    expect(scenario.people).toEqual({ protocol: 43, native: 5, browser: 2 });
    expect(scenario.media.audioFrameMs).toBe(60);
    expect(scenario.sabotage).toEqual({ flip_bit: 1 });
  });

  it("keep the number of people when only browsers are counted", () => {
    const flags = [{ flag: "--browsers", path: ["people", "browser"], value: 5 }];

    expect(checkScenario(PARTY, { flags }).people).toEqual({ protocol: 7, native: 0, browser: 5 });
  });

  it.each([
    ["--people", ["people"], 1, "--people leaves too few: 2 browsers and 0 native bots are more than 1 people."],
    [
      "--browsers",
      ["people", "browser"],
      13,
      "--browsers leaves too few: 13 browsers and 0 native bots are more than 12 people.",
    ],
    ["--browsers", ["people", "browser"], "x", '--browsers must be a whole number from 0 to 10000, not "x".'],
    ["--people", ["people"], "x", '--people must be a whole number from 0 to 10000, not "x".'],
    ["--people", ["people"], -3, "--people must be a whole number from 0 to 10000, not -3."],
    [
      "--people",
      ["people"],
      501,
      "--people must be at most bounds.maxPeople, 500, not 501; raise it with --max-people.",
    ],
    ["--talkers", ["talkers"], 13, "--talkers must be at most as many as people, 12, not 13."],
    ["--audio-frame", ["media", "audioFrameMs"], 10, "--audio-frame must be 20, 40 or 60, not 10."],
    ["--sabotage unplug", ["sabotage", "unplug"], 1, "--sabotage unplug is not known; known here: rotation_off"],
    [
      "--expect",
      ["expect"],
      ["pairs=100%", "pairs>>1"],
      '--expect must compare pairs with a value such as 99.5%, not with ">1".',
    ],
  ] as const)("are named in faults: %s", (flag, path, value, sentence) => {
    const check = (): unknown => checkScenario(PARTY, { flags: [{ flag, path, value }] });

    expect(check).toThrow(sentence);
    expect(check).toThrow(
      expect.objectContaining({ code: "bad_scenario", faults: [expect.objectContaining({ flag })] }),
    );
  });
});
