import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { parseSwarmCommand } from "./commandLine.ts";
import type { RunCommand } from "./commandLine.ts";
import { loadScenario, SCENARIO_FLAGS } from "./scenario/index.ts";

const usage = readFileSync(new URL("../usage.txt", import.meta.url), "utf8");
const URL_ARGS = ["--url", "https://call.example.org"];

function parseRun(args: readonly string[], environment: Record<string, string> = {}): RunCommand {
  const command = parseSwarmCommand(args, environment);
  if (command.kind !== "run") throw new Error(command.kind);
  return command;
}

describe("parseSwarmCommand", () => {
  it("runs servers of its own unless it is told otherwise", () => {
    expect(parseSwarmCommand([])).toEqual({
      kind: "run",
      scenario: undefined,
      flags: [],
      target: { kind: "embedded" },
      credentials: { kind: "open" },
      ownsServer: false,
      shard: undefined,
      startAtMs: undefined,
      outDir: undefined,
      keep: false,
      output: "progress",
    });
  });

  it("reads every option of a run", async () => {
    const command = parseRun(
      (
        "party.yaml --url https://call.example.org/call/#room --i-own-this-server --accounts /a.json --shard 3/50 " +
        "--at 2030-01-31T18:00:00+01:00 --out /result --keep --json --people 50 --browsers 2 --native=1 --talkers 8 " +
        "--cameras 4 --ramp 2/s --for 5m --seed 007 --audio-frame 60 --expect first-frame.p95<2s,undecryptable=0 " +
        "--expect pairs=100% --manners silent_leaver=2 --sabotage rotation_off=1,flip_bit --max-people 60 " +
        "--max-duration 20m --max-bytes 3GB"
      ).split(" "),
    );

    expect(command).toMatchObject({
      scenario: "party.yaml",
      target: { kind: "foreign", url: "https://call.example.org/call/#room" },
      credentials: { kind: "accounts", file: "/a.json" },
      ownsServer: true,
      shard: { index: 2, count: 50 },
      startAtMs: Date.UTC(2030, 0, 31, 17),
      outDir: "/result",
      keep: true,
      output: "json",
    });
    expect(await loadScenario(undefined, { flags: command.flags })).toMatchObject({
      people: { protocol: 47, native: 1, browser: 2 },
      talkers: 8,
      cameras: 4,
      seed: "007",
      media: { audioFrameMs: 60 },
      manners: { silent_leaver: 2 },
      sabotage: { rotation_off: 1, flip_bit: 1 },
      phases: [
        { phase: "ramp", people: 50, ratePerSecond: 2 },
        { phase: "hold", durationMs: 300_000 },
      ],
      expect: [{ text: "first-frame.p95<2s" }, { text: "undecryptable=0" }, { text: "pairs=100%" }],
      bounds: { maxPeople: 60, maxDurationMs: 1_200_000, maxBytes: 3e9 },
    });
  });

  it("leaves wrong values of a scenario to the scenario, where all faults are told together", async () => {
    const { flags } = parseRun([
      "--people",
      "many",
      "--for=-5s",
      "--ramp",
      "x",
      "--sabotage",
      "unplug=1",
      "--expect",
      "x",
    ]);

    await expect(loadScenario("ci", { flags })).rejects.toMatchObject({
      code: "bad_scenario",
      faults: ["--people", "--ramp", "--for", "--sabotage unplug", "--expect"].map((flag) =>
        expect.objectContaining({ flag, sentence: expect.stringContaining(flag) }),
      ),
    });
  });

  it("takes the secret from the environment or a file, and never shows it", () => {
    const command = parseRun(URL_ARGS, { CONCLAVE_SHARED_SECRET: "hush" });

    expect(JSON.stringify(command)).not.toContain("hush");
    expect(command.credentials.kind === "shared_secret" && command.credentials.secret.reveal()).toBe("hush");
    expect(parseRun([...URL_ARGS, "--shared-secret-file", "/s"], { CONCLAVE_SHARED_SECRET: "x" }).credentials).toEqual({
      kind: "shared_secret_file",
      file: "/s",
    });
    expect(parseRun([], { CONCLAVE_SHARED_SECRET: "hush" }).credentials).toEqual({ kind: "open" });
  });

  it("knows its other commands", () => {
    expect(parseSwarmCommand(["list"])).toEqual({ kind: "list" });
    expect(parseSwarmCommand(["compare", "/a", "/b"])).toEqual({ kind: "compare", before: "/a", after: "/b" });
    expect(parseSwarmCommand(["merge", "/a", "/b", "/c", "--out", "/all"])).toEqual({
      kind: "merge",
      folders: ["/a", "/b", "/c"],
      outDir: "/all",
    });
  });

  it.each([["--help"], ["-h"], ["merge", "--help"]])("knows %s %s", (...args) => {
    expect(parseSwarmCommand(args)).toEqual({ kind: "help" });
  });

  it.each([
    [["--surprise"], "--surprise"],
    [["--talkers"], "--talkers"],
    [["--talkers", "-1"], "--talkers"],
    [["ci", "churn"], "one scenario"],
    [["--url", "call.example.org"], "--url must be"],
    [["--url", "ftp://call.example.org"], "--url must be"],
    [["--url", "https://me:pass@call.example.org"], "--url must not carry"],
    [[...URL_ARGS, "--shard", "0/3", "--at", "2030-01-01T00:00Z"], "--shard must be like 3/50"],
    [[...URL_ARGS, "--shard", "4/3", "--at", "2030-01-01T00:00Z"], "--shard must be like 3/50"],
    [[...URL_ARGS, "--shard", "1/1001", "--at", "2030-01-01T00:00Z"], "--shard must be like 3/50"],
    [[...URL_ARGS, "--shard", "x"], "--shard must be like 3/50"],
    [[...URL_ARGS, "--shard", "1/2"], "--shard needs --at"],
    [["--shard", "1/2", "--at", "2030-01-01T00:00Z"], "--shard needs --url"],
    [["--at", "2030-01-01T00:00"], "--at must be like"],
    [["--at", "soon"], "--at must be like"],
    [["--at", "2030-13-01T00:00Z"], "--at must be like"],
    [[...URL_ARGS, "--accounts", "a", "--shared-secret-file", "b"], "exclude each other"],
    [["--accounts", "a"], "--accounts needs --url"],
    [["--shared-secret-file", "a"], "--shared-secret-file needs --url"],
    [["--json", "--quiet"], "--json and --quiet exclude"],
    [["merge", "a", "--out", "b"], "two or more"],
    [["merge", "a", "b"], "needs --out"],
    [["merge", "a", "b", "--out", "c", "--people", "3"], "does not take --people"],
    [["compare", "a"], "two runs"],
    [["compare", "a", "b", "c"], "two runs"],
    [["compare", "a", "b", "--out", "c"], "does not take --out"],
    [["list", "x"], "takes no arguments"],
  ])("refuses %j with one sentence", (args, sentence) => {
    const parse = (): unknown => parseSwarmCommand(args);

    expect(parse).toThrow(expect.objectContaining({ code: "bad_option" }));
    expect(parse).toThrow(sentence);
    expect(parse).not.toThrow("\n");
  });

  it.each([["--shared-secret=hush"], ["--shared-secret", "hush"], ["--password=hush"], ["--url", "http://me:hush@x"]])(
    "does not repeat a secret that stands in %s",
    (...args) => {
      const parse = (): unknown => parseSwarmCommand(args);

      expect(parse).toThrow(/never goes on the command line|must not carry/);
      expect(parse).not.toThrow("hush");
    },
  );
});

describe("the usage text", () => {
  it("names every option of a scenario", () => {
    for (const flag of Object.keys(SCENARIO_FLAGS)) expect(usage).toContain(`  --${flag} `);
  });

  it("names the defaults", async () => {
    const { people, talkers, cameras, seed, media, bounds, phases } = await loadScenario(undefined);
    const [ramp, hold] = phases;

    const shown = new Map([
      ["people", `(${people.protocol + people.browser})`],
      ["browsers", `(${people.browser};`],
      ["native", `(${people.native})`],
      ["talkers", `(${talkers})`],
      ["cameras", `(${cameras})`],
      ["ramp", `(${ramp?.phase === "ramp" ? ramp.ratePerSecond : ""}/s)`],
      ["for", `(${hold?.phase === "hold" ? hold.durationMs / 1000 : ""}s)`],
      ["seed", `(${seed})`],
      ["audio-frame", `(${media.audioFrameMs})`],
      ["max-people", `(${bounds.maxPeople})`],
      ["max-duration", `(${bounds.maxDurationMs / 3_600_000}h)`],
      ["max-bytes", `(${bounds.maxBytes / 1e9}GB)`],
    ]);
    for (const [flag, value] of shown) {
      expect(usage.split("\n").find((line) => line.startsWith(`  --${flag} `))).toContain(value);
    }
  });
});
