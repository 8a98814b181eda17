import { Scope } from "@conclave/kit";
import { FakeClock } from "@conclave/kit/testing";
import { beforeEach, describe, expect, it } from "vitest";

import type { SwarmRun } from "../report/index.ts";
import { planSwarm } from "../scenario/index.ts";
import { checkScenario } from "../scenario/readScenario.ts";
import { SwarmRunner } from "./SwarmRunner.ts";
import { FakeHosts } from "./testing/FakeHosts.ts";
import { FakeTarget } from "./testing/FakeTarget.ts";

const MACHINE = { cpu: "Fake CPU", cores: 2, memoryBytes: 8e9, node: "v24.0.0", platform: "linux x64" };
/** Three people, who are in after 3 s. */
const RAMP_MS = 3_000;
const MINUTE_MS = 60_000;

let clock: FakeClock;
let hosts: FakeHosts;
let scope: Scope;
let interrupted: Scope;
let startedAtMs: number;

beforeEach(() => {
  clock = new FakeClock();
  hosts = new FakeHosts(clock);
  scope = new Scope();
  interrupted = new Scope();
  startedAtMs = clock.nowMs();
});

describe("SwarmRunner", () => {
  it("lets everybody join, and leave when the time is over", async () => {
    const running = run();
    await clock.advance(RAMP_MS + MINUTE_MS);

    const { bots, findings, startedAtMs: began, endedAtMs } = await finish(running);
    expect(findings).toEqual([]);
    expect(bots).toHaveLength(3);
    expect(endedAtMs - began).toBe(RAMP_MS + MINUTE_MS);
    expect(whatEachDid()).toEqual(Array.from({ length: 3 }, () => ["prepare", "join", "leave", "close"]));
  });

  it("ends soon after its bots carried more media than they may, as an interruption does", async () => {
    const running = run({ maxBytes: "1MB" });
    await clock.advance(10_000);
    for (const bot of hosts.bots.values()) bot.carried = { sent: 100_000, received: 300_000 };
    await clock.advance(5_000);

    const { bots, findings, endedAtMs } = await finish(running);
    expect(findings.map(({ code, sentence }) => `${code}: ${sentence}`)).toEqual([
      "byte_limit_reached: The bots carried more media than the bound of 1 MB, so the run was ended before its time.",
    ]);
    expect(endedAtMs - startedAtMs).toBeLessThanOrEqual(11_000);
    expect(whatEachDid()).toEqual(Array.from({ length: 3 }, () => ["prepare", "join", "leave", "close"]));
    expect(bots.map(({ mediaBytes }) => mediaBytes)).toContainEqual({ sent: 100_000, received: 300_000 });
  });

  it("keeps what browsers see of the call shortly before they leave", async () => {
    const runner = make({ people: { protocol: 2, browser: 1 } });
    const running = runner.run(interrupted);
    await clock.advance(10_000);
    for (const bot of hosts.bots.values()) bot.seeing = Promise.resolve(Uint8Array.of(bot.spec.number));
    await clock.advance(RAMP_MS + MINUTE_MS);

    await finish(running);
    const browser = [...hosts.bots.values()].find(({ spec }) => spec.tier === "browser")!;
    const { number } = browser.spec;
    expect(runner.samples).toEqual([{ bot: number, png: Uint8Array.of(number) }]);
    expect(browser.told.slice(-3)).toEqual(["sample", "leave", "close"]);
  });

  it("does not mind media up to its bound", async () => {
    const running = run({ maxBytes: "1200kB" });
    await clock.advance(10_000);
    for (const bot of hosts.bots.values()) bot.carried = { sent: 100_000, received: 300_000 };
    await clock.advance(RAMP_MS + MINUTE_MS);

    expect((await finish(running)).findings).toEqual([]);
  });

  it("lets everybody leave when it is interrupted", async () => {
    const running = run();
    await clock.advance(10_000);
    await interrupted.end();

    const { findings } = await finish(running);
    expect(findings.map(({ code }) => code)).toEqual(["interrupted"]);
    expect(whatEachDid()).toEqual(Array.from({ length: 3 }, () => ["prepare", "join", "leave", "close"]));
  });
});

function run(bounds: object = {}): Promise<SwarmRun> {
  return make({ bounds }).run(interrupted);
}

function make(wishes: object): SwarmRunner {
  const usual = { name: "test", people: { protocol: 3 }, talkers: 1, cameras: 0, ramp: "1/s", for: "60s" };
  const scenario = checkScenario({ ...usual, ...wishes });
  const eyes = {
    look: () => Promise.resolve(() => ({ cpuMs: 0, rssBytes: 0 })),
    drops: () => Promise.resolve(new Map()),
  };
  const deps = { clock, startHost: hosts.start, eyes, machine: MACHINE, show: () => {} };
  const order = { scenario, plan: planSwarm(scenario), encoders: [], shard: { index: 1, count: 1 } };
  return new SwarmRunner(deps, order, new FakeTarget(), scope);
}

/** Nothing may be left running when it is over. */
async function finish(running: Promise<SwarmRun>): Promise<SwarmRun> {
  const run = await running;
  await scope.end();
  expect(clock.pendingTimers).toBe(0);
  return run;
}

/** Without what they send. */
function whatEachDid(): string[][] {
  return [...hosts.bots.values()].map(({ told }) => told.filter((what) => !["talk", "hush"].includes(what)));
}
