import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import { toolsEnvironment } from "./installTools.mjs";
import { ROOT, TOOLS, WORKER_LINK } from "./paths.mjs";
import { runForeground } from "./runProgram.mjs";

/** Needs Go and Python and minutes of building: `npm run test:peers` and CI run it, `npm test` does not. */
export const PEERS = "peers";

/** The projects of `vitest.config.ts`, fast ones first. */
export function projectNames(config = readFileSync(join(ROOT, "vitest.config.ts"), "utf8")) {
  return [...config.matchAll(/\bname: "([a-z0-9-]+)"/g)].map((match) => match[1]);
}

/**
 * Runs one Vitest project in the foreground; returns how many tests passed and failed. A file that cannot be loaded
 * and a run that ends badly count as failures.
 */
export async function runProject(name, { args = [], chromium } = {}) {
  const reports = join(TOOLS, "reports");
  const report = join(reports, `${name}.json`);
  mkdirSync(reports, { recursive: true });
  rmSync(report, { force: true });
  const exitCode = await runForeground(
    "vitest",
    ["run", "--project", name, "--reporter=default", "--reporter=json", `--outputFile.json=${report}`, ...args],
    { env: testEnvironment(chromium) },
  );
  return tally(readReport(report), exitCode);
}

/** Environment of everything that tests. */
export function testEnvironment(chromium) {
  return {
    ...toolsEnvironment(),
    MEDIASOUP_WORKER_BIN: process.env.MEDIASOUP_WORKER_BIN || WORKER_LINK,
    ...(chromium ? { CHROMIUM_PATH: chromium } : {}),
  };
}

/** Counts what a run's JSON report says. */
export function tally(report, exitCode) {
  const passed = report?.numPassedTests ?? 0;
  const unloaded = (report?.testResults ?? []).filter(
    ({ status, assertionResults }) => status === "failed" && assertionResults.length === 0,
  ).length;
  const failed = (report?.numFailedTests ?? 0) + unloaded;
  return { passed, failed: failed === 0 && exitCode !== 0 ? 1 : failed };
}

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}
