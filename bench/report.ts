import { writeFile } from "node:fs/promises";
import { arch, cpus, platform, totalmem } from "node:os";

import { isWithinLimit, type Result, type Run } from "./result.ts";

/** Prints `metric ours peer floor ratio`, one line for each result. */
export function printTable(run: Run): void {
  const rows = [["metric", "ours", "peer", "floor", "ratio", "limit", ""], ...run.results.map(rowOf)];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  for (const row of rows) {
    console.log(
      row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join("  "),
    );
  }
  for (const fault of run.faults) console.log(`invalid: ${fault}`);
}

function rowOf(result: Result): string[] {
  const limit = result.limit === undefined ? "" : `<= ${result.limit}${result.limitOf === "ratio" ? "x" : ""}`;
  return [
    `${result.metric} (${result.unit})`,
    shown(result.ours),
    shown(result.peer),
    shown(result.floor),
    result.ratio === undefined ? "" : `${result.ratio.toFixed(2)}x`,
    limit,
    isWithinLimit(result) ? "ok" : "OVER",
  ];
}

function shown(value: number | undefined): string {
  if (value === undefined) return "";
  return Number.isInteger(value) ? String(value) : value.toFixed(value < 10 ? 3 : 1);
}

/** Writes the run as JSON. */
export async function writeReport(path: string, name: string, run: Run): Promise<void> {
  const machine = {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryBytes: totalmem(),
    platform: `${platform()} ${arch()}`,
    node: process.version,
  };
  const results = run.results.map((result) => ({ ...result, ok: isWithinLimit(result) }));
  const report = { name, machine, date: new Date().toISOString(), results, samples: run.samples, faults: run.faults };
  await writeFile(path, `${JSON.stringify(report, undefined, 2)}\n`);
}
