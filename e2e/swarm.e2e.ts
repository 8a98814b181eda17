import type { SwarmReport } from "@conclave/bot";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { startStack, type Stack } from "./startStack.ts";
import { reportOf, SwarmProgram } from "./swarm/swarmProgram.ts";

/** Long enough that each bot meets each other for longer than the grace of 3 s. */
const SHORT = ["--ramp", "4/s", "--for", "15s", "--seed", "7"];

describe("conclave swarm", () => {
  const swarm = new SwarmProgram();
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack();
  });

  afterAll(async () => {
    await stack.close();
    await swarm.close();
  });

  it("proves on servers of its own that everybody decrypted everybody, seen by real browsers too", async () => {
    const result = await swarm.run("ci");
    const { bots, faults, metrics } = await reportOf(result);

    console.log(result.output.split("\n").slice(-16).join("\n"));
    expect(result.output).toContain("expected pairs of sender and receiver were decrypted");
    expect(faults).toEqual([]);
    expect(metrics["pairs"]).toMatchObject({ value: 1 });
    expect(metrics["pairs"]?.count).toBeGreaterThan(250);
    const browsers = bots.filter(({ tier }) => tier === "browser");
    expect(browsers).toHaveLength(2);
    for (const { received } of browsers) {
      expect(received.filter(({ counts }) => counts.good > 0).length).toBeGreaterThan(3);
    }
    expect(result.exitCode).toBe(0);
  }, 240_000);

  it.each([
    ["flip_bit", "auth_failed"],
    ["encryption_off", "plaintext"],
    ["lose_key", "no_key"],
    ["drop_subscription", "no_packets"],
  ])("finds %s and names its cause", async (sabotage, cause) => {
    const people = ["--people", "6", "--talkers", "4", "--cameras", "1"];
    const result = await swarm.run("--url", stack.url, ...people, ...SHORT, "--sabotage", `${sabotage}=1`);

    const { bots, faults } = await reportOf(result);
    const saboteur = bots.find((bot) => bot.sabotage === sabotage)!.number;
    console.log(`${sabotage}: ${faults[0]?.sentence}`);
    expect(faults.map((fault) => fault.cause)).toContain(cause);
    expect(faults.find((fault) => fault.cause === cause)?.sentence).toMatch(
      new RegExp(`\\bbots? (?:.*\\b)?${saboteur}\\b`, "i"),
    );
    expect(result.exitCode).toBe(1);
  });

  it("finds a sender that does not rotate when somebody leaves, and names it", async () => {
    const people = ["--people", "6", "--talkers", "3", "--cameras", "0", "--manners", "silent_leaver=1"];
    const phases = ["--ramp", "4/s", "--for", "30s", "--seed", "7", "--sabotage", "rotation_off=1"];
    const result = await swarm.run("--url", stack.url, ...people, ...phases, "--expect", "leave-to-last.p95<=2s");

    const { bots, findings } = await reportOf(result);
    const saboteur = bots.find((bot) => bot.sabotage === "rotation_off")!.number;
    const found = findings.filter(({ code }) => code === "rotation_missing").map(({ sentence }) => sentence);
    console.log(found.join("\n"));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(new RegExp(`\\b${saboteur}\\b`));
    expect(result.exitCode).toBe(1);
  });

  it("gives the same result from four machines, merged, as from one", async () => {
    const { linkId } = await stack.createRoom({ isEncrypted: true });
    const people = ["--people", "12", "--talkers", "4", "--cameras", "2", ...SHORT];
    const link = ["--url", `${stack.url}/r/${linkId}`];
    const at = new Date(Date.now() + 20_000).toISOString();
    const shards = await Promise.all(
      [1, 2, 3, 4].map((shard) => swarm.run(...link, ...people, "--shard", `${shard}/4`, "--at", at)),
    );
    const merged = await swarm.run("merge", ...shards.map(({ folder }) => folder));
    const whole = await swarm.run("--url", stack.url, ...people);

    const [one, other] = [await reportOf(merged), await reportOf(whole)];
    expect(merged.exitCode).toBe(0);
    expect(one.metrics["pairs"]).toEqual(other.metrics["pairs"]);
    expect(one.bots.map(stable)).toEqual(other.bots.map(stable));
    const compared = await swarm.perform("compare", whole.folder, merged.folder);
    expect(compared.output).toContain("pairs");
  });

  it("says in one sentence what is wrong with its input", async () => {
    const cases = [
      ["--people", "3", "--talkers", "9"],
      ["no-such-scenario"],
      ["--url", "http://198.51.100.7:8008"],
      ["--url", "http://127.0.0.1:1"],
      ["merge", "/nowhere/a", "/nowhere/b"],
    ];
    for (const args of cases) {
      const { exitCode, output } = await swarm.run(...args);
      console.log(output.trim());
      expect(exitCode).toBe(2);
      expect(output.trim()).toMatch(/^\S.*[.?]$/);
      expect(output.trim().split("\n").length).toBeLessThanOrEqual(2);
    }
  });
});

/** What follows from the seed alone. */
function stable({ number, tier, manners, stays, sent }: SwarmReport["bots"][number]): unknown {
  return { number, tier, manners, stays: stays.length, sent: [...new Set(sent.map(({ kind }) => kind))].toSorted() };
}
