import type { SwarmReport } from "../report/index.ts";

/** Findings and faults that are shown; the report has all. */
const SHOWN = 8;

/** Prints what a run came to. @returns the exit code: 0 only if every expectation held and the run is not void */
export function printVerdict(report: SwarmReport, folder: string): number {
  const { expectations, faults, findings, isVoid, metrics, voidReason } = report;
  const pairs = metrics["pairs"];
  const decrypted = Math.round((pairs?.value ?? 0) * (pairs?.count ?? 0));
  const lines = [
    "",
    `${decrypted} of ${pairs?.count ?? 0} expected pairs of sender and receiver were decrypted.`,
    ...(isVoid ? [`The run is void. ${voidReason ?? ""}`] : []),
    ...expectations.map(({ holds, sentence }) => `${holds ? "✓" : "✗"} ${sentence}`),
    ...faults.slice(0, SHOWN).map(({ sentence }) => `! ${sentence}`),
    ...findings.slice(0, SHOWN).map(({ bot, sentence }) => `· ${bot === undefined ? "" : `bot ${bot}: `}${sentence}`),
    ...(findings.length > SHOWN ? [`· and ${findings.length - SHOWN} findings more`] : []),
    "",
    `Report: ${folder}/report.html`,
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
  return !isVoid && expectations.every(({ holds }) => holds) ? 0 : 1;
}
