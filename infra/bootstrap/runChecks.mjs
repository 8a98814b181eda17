import { spawn } from "node:child_process";

import { listChecks } from "./checks.mjs";
import { toolsEnvironment } from "./installTools.mjs";
import { ROOT } from "./paths.mjs";
import { formatDuration } from "./progress.mjs";

/** Runs every check, prints what failed and a table; returns the exit code. */
export async function runChecks() {
  const rows = [];
  for (const check of listChecks()) {
    const startedMs = Date.now();
    const results = await Promise.all(check.commands.map(([program, ...args]) => run(program, args)));
    const failures = results.filter(({ isOk }) => !isOk).map(({ title, output }) => `${title}\n${output}`);
    for (const failure of failures) process.stdout.write(`\n${failure.trimEnd()}\n`);
    rows.push({ name: check.name, isOk: failures.length === 0, duration: formatDuration(Date.now() - startedMs) });
  }
  process.stdout.write(`\n${formatTable(rows)}\n`);
  return rows.every(({ isOk }) => isOk) ? 0 : 1;
}

/** One line per check. */
export function formatTable(rows) {
  return rows
    .map(({ name, isOk, duration }) => `${isOk ? "✓" : "✗"} ${name.padEnd(20)} ${duration.padStart(8)}`)
    .join("\n");
}

function run(program, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: ROOT,
      env: { ...process.env, ...toolsEnvironment() },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    const take = (chunk) => (output += chunk);
    child.stdout.setEncoding("utf8").on("data", take);
    child.stderr.setEncoding("utf8").on("data", take);
    child.on("error", reject);
    child.on("close", (code) => resolve({ title: `$ ${program} ${args.join(" ")}`, isOk: code === 0, output }));
  });
}
