import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import type { SwarmReport } from "@conclave/bot";

import type { Result, Run } from "../result.ts";

const PROGRAM = fileURLToPath(new URL("../../bin/conclave", import.meta.url));
/** From the start of a run until everybody is in and keys have settled. */
const WARM_UP_MS = 25_000;
const MEBIBYTE = 2 ** 20;

interface Tier {
  readonly name: "protocol" | "native" | "browser";
  readonly part: "bots" | "browsers";
  readonly people: number;
  readonly flags: readonly string[];
  /** Cores that one bot may take. */
  readonly limitCores: number;
}

/** Two talk and one films in each, so that tiers are alike in all but what a bot is made of. */
const TIERS: readonly Tier[] = [
  { name: "protocol", part: "bots", people: 40, flags: [], limitCores: 0.02 },
  { name: "native", part: "bots", people: 8, flags: ["--native", "8"], limitCores: 0.1 },
  { name: "browser", part: "browsers", people: 2, flags: ["--browsers", "2"], limitCores: 0.6 },
];

/** What a bot of each tier costs beside the servers that it loads, from runs of `conclave swarm` itself. */
export async function bots(): Promise<Run> {
  const results: Result[] = [];
  const samples: Record<string, readonly number[]> = {};
  const faults: string[] = [];
  for (const tier of TIERS) {
    const report = await runTier(tier);
    const shares = coreShares(report, tier.part).map((share) => share / tier.people);
    samples[`${tier.name} cores per bot`] = shares;
    const cores = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    const memory = Math.max(...report.resources.filter(({ part }) => part === tier.part).map((one) => one.rssBytes));
    results.push(
      { metric: `${tier.name}: processor per bot`, unit: "cores", ours: cores, limit: tier.limitCores },
      { metric: `${tier.name}: memory per bot`, unit: "MiB", ours: memory / tier.people / MEBIBYTE },
      { metric: `${tier.name}: lost by the swarm itself`, unit: "packets", ours: lossesOf(report), limit: 0 },
    );
    if ((report.metrics["pairs"]?.value ?? 0) < 1) faults.push(`${tier.name}: not every pair was decrypted`);
  }
  return { results, samples, faults };
}

async function runTier({ flags, people }: Tier): Promise<SwarmReport> {
  const folder = await mkdtemp(join(tmpdir(), "conclave-bench-bots-"));
  const load = ["--people", String(people), "--talkers", "2", "--cameras", "1", "--audio-frame", "60"];
  const args = ["swarm", ...load, ...flags, "--ramp", "2/s", "--for", "30s", "--quiet", "--out", folder];
  try {
    await once(spawn(PROGRAM, args, { stdio: ["ignore", "inherit", "inherit"] }), "close");
    return JSON.parse(await readFile(join(folder, "report.json"), "utf8")) as SwarmReport;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function coreShares({ resources, startedAtMs }: SwarmReport, part: string): number[] {
  const steady = resources.filter((sample) => sample.part === part && sample.atMs > startedAtMs + WARM_UP_MS);
  return steady.slice(1).map((sample, index) => {
    const before = steady[index]!;
    return (sample.cpuMs - before.cpuMs) / (sample.atMs - before.atMs);
  });
}

function lossesOf({ shards }: SwarmReport): number {
  return shards.reduce((sum, { sinkLosses }) => sum + sinkLosses, 0);
}
