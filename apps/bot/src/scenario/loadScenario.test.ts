import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, it, onTestFinished } from "vitest";

import { listScenarios, loadScenario } from "./loadScenario.ts";
import { planSwarm } from "./planSwarm.ts";
import { totalPeople } from "./scenario.ts";

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "conclave-scenario-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

describe("ready-made scenarios", () => {
  it("are sound, say what they are, and have names like their files", async () => {
    const scenarios = await listScenarios();

    expect(scenarios.map((scenario) => scenario.name)).toEqual([
      "all-hands",
      "churn",
      "ci",
      "hostile-listener",
      "join-storm",
      "leave-wave",
      "small-talk",
      "soak",
    ]);
    for (const scenario of scenarios) {
      expect(scenario.about).toMatch(/\.$/);
      expect(scenario.expect.map((expectation) => expectation.text)).toEqual(
        expect.arrayContaining(["pairs=100%", "plaintext=0", "failed-joins=0", "void=0"]),
      );
      expect(planSwarm(scenario).bots).toHaveLength(totalPeople(scenario.people));
    }
  });

  it("run on servers of others too", async () => {
    for (const { name } of await listScenarios()) {
      await expect(loadScenario(name, { isEmbedded: false })).resolves.toMatchObject({ name });
    }
  });

  it("keep the figures that the benchmarks speak of", async () => {
    expect(await loadScenario("ci")).toMatchObject({
      people: { protocol: 50, native: 0, browser: 2 },
      talkers: 4,
      cameras: 2,
      phases: [{ ratePerSecond: 1 }, { durationMs: 60_000 }],
    });
    expect(await loadScenario("all-hands")).toMatchObject({
      people: { protocol: 200, native: 0, browser: 0 },
      talkers: 10,
      cameras: 4,
      talkActivity: 0.4,
      media: { audioFrameMs: 60, videoFramesPerSecond: 6 },
    });
  });
});

describe("loadScenario", () => {
  it("without a scenario has 48 protocol bots and two browsers", async () => {
    expect(await loadScenario(undefined)).toMatchObject({
      people: { protocol: 48, native: 0, browser: 2 },
      talkers: 8,
      cameras: 4,
    });
  });

  it("without a scenario has no more people than the flag says", async () => {
    const flags = [{ flag: "--people", path: ["people"], value: 3 }];

    expect(await loadScenario(undefined, { flags })).toMatchObject({
      people: { protocol: 3, native: 0, browser: 0 },
      talkers: 3,
    });
  });

  it("lays flags over a ready-made scenario", async () => {
    const flags = [{ flag: "--for", path: ["for"], value: "10s" }];

    expect((await loadScenario("churn", { flags })).phases[2]).toMatchObject({ phase: "churn", durationMs: 10_000 });
  });

  it("reads a file and names it in faults", async () => {
    const path = join(await makeFolder(), "party.yaml");
    await writeFile(path, "name: party\npeople: { protocol: 2 }\ntalkers: 3\n");

    await expect(loadScenario(path)).rejects.toThrow("party.yaml line 3: talkers must be at most as many as people");
  });

  it.each([
    ["nonsense", 'There is no scenario "nonsense"; ready-made are all-hands, churn,'],
    ["nonsense.yaml", "The scenario file nonsense.yaml cannot be read (ENOENT)."],
    ["./", "The scenario file ./ cannot be read (EISDIR)."],
  ])("refuses %s with one sentence", async (source, sentence) => {
    await expect(loadScenario(source)).rejects.toThrow(expect.objectContaining({ code: "bad_scenario" }));
    await expect(loadScenario(source)).rejects.toThrow(sentence);
  });
});
