import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";

import { Scope, Secret, silentLogger, systemClock } from "@conclave/kit";

import type { RunCommand } from "../commandLine.ts";
import type { BotSample } from "../model.ts";
import { completeReport, hasHeld, isCutShort, type SwarmReport, type SwarmRun, writeReport } from "../report/index.ts";
import { loadScenario, planSwarm, type Scenario, shardOf } from "../scenario/index.ts";
import { machineFacts } from "../swarm/adapters/machineFacts.ts";
import { procEyes } from "../swarm/adapters/procEyes.ts";
import { showProgress } from "../swarm/adapters/showProgress.ts";
import { startHost } from "../swarm/adapters/startHost.ts";
import { SwarmError } from "../swarm/errors.ts";
import { SwarmRunner } from "../swarm/SwarmRunner.ts";
import { openTarget, parseAccountsFile, resolveHost, type Target, type TargetOptions } from "../target/index.ts";
import { onInterrupt } from "./adapters/onInterrupt.ts";
import { printVerdict } from "./printVerdict.ts";

interface Ran {
  readonly run: SwarmRun;
  readonly samples: readonly BotSample[];
}

const WHOLE = { index: 0, count: 1 } as const;

/** Runs a scenario from its file to its report. @returns the exit code */
export async function runScenario(
  { fetch }: { readonly fetch: typeof globalThis.fetch },
  command: RunCommand,
): Promise<number> {
  const isEmbedded = command.target.kind === "embedded";
  const scenario = await loadScenario(command.scenario, { flags: command.flags, isEmbedded });
  const options = await targetOptions(command);
  const interrupted = new Scope();
  const forget = onInterrupt(() => void interrupted.end());
  const deps = { clock: systemClock, logger: silentLogger, randomBytes: strongBytes, fetch, resolve: resolveHost };
  const target = await openTarget(deps, options);
  let ran: Ran;
  try {
    ran = await runOn(target, scenario, command, interrupted);
  } catch (fault) {
    await target.close({ keep: command.keep });
    throw fault;
  }
  const leftovers = await target.close({ keep: command.keep });
  forget();
  const findings = leftovers.map(({ id, kind, reason }) => ({
    atMs: systemClock.nowMs(),
    code: "left_behind",
    sentence: `The ${kind} ${id} is left behind: ${reason}.`,
  }));
  const { run, samples } = ran;
  const report = completeReport({ ...run, findings: [...run.findings, ...findings] });
  return conclude(command, scenario, { report, samples });
}

async function runOn(target: Target, scenario: Scenario, command: RunCommand, interrupted: Scope): Promise<Ran> {
  const { index, count } = command.shard ?? WHOLE;
  const whole = planSwarm(scenario);
  const plan = count === 1 ? whole : shardOf(whole, index, count);
  const show = command.output === "progress" ? showProgress(process.stdout, systemClock) : (): void => {};
  const scope = new Scope();
  const { startAtMs } = command;
  const encoders = whole.bots.filter(({ tier }) => tier !== "protocol").map(({ number }) => number);
  const order = {
    scenario,
    plan,
    encoders,
    shard: { index: index + 1, count },
    ...(startAtMs === undefined ? {} : { startAtMs }),
  };
  const deps = { clock: systemClock, startHost, eyes: procEyes, machine: machineFacts(), show };
  try {
    const runner = new SwarmRunner(deps, order, target, scope);
    const run = await runner.run(interrupted);
    return { run, samples: runner.samples };
  } finally {
    await scope.end();
  }
}

async function conclude(
  command: RunCommand,
  { name }: Scenario,
  { report, samples }: { readonly report: SwarmReport; readonly samples: readonly BotSample[] },
): Promise<number> {
  const folder = command.outDir ?? resolve("swarm-results", `${name}-${stampOf(report.startedAtMs)}`);
  await writeReport(folder, report, samples).catch((cause: unknown) => {
    throw new SwarmError("no_folder", `The result could not be written to ${folder}.`, { cause });
  });
  if (command.output === "json") process.stdout.write(`${JSON.stringify(report)}\n`);
  if (command.output !== "progress") return hasHeld(report) ? 0 : 1;
  if ((command.shard?.count ?? 1) === 1) return printVerdict(report, folder);
  process.stdout.write(`\nShard written to ${folder}; conclave swarm merge judges all of them together.\n`);
  return report.isVoid || isCutShort(report) ? 1 : 0;
}

async function targetOptions({ credentials, ownsServer, target }: RunCommand): Promise<TargetOptions> {
  if (target.kind === "embedded") return {};
  const options = { url: target.url, ownsServer };
  switch (credentials.kind) {
    case "accounts":
      return { ...options, accounts: parseAccountsFile(await readGiven(credentials.file), credentials.file) };
    case "shared_secret_file":
      return { ...options, sharedSecret: new Secret((await readGiven(credentials.file)).trim()) };
    case "shared_secret":
      return { ...options, sharedSecret: credentials.secret };
    default:
      return options;
  }
}

async function readGiven(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new SwarmError("no_folder", `The file ${file} cannot be read.`, { cause });
  }
}

function strongBytes(lengthBytes: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(randomBytes(lengthBytes));
}

/** `20301231-180000`, UTC. */
function stampOf(atMs: number): string {
  return new Date(atMs).toISOString().replace(/[-:]/g, "").replace("T", "-").slice(0, 15);
}
