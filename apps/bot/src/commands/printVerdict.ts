import { hasHeld, type SwarmReport, tellsOfCut } from "../report/index.ts";

/** Findings and faults that are shown; the report has all. */
const SHOWN = 8;

/** Prints what a run came to. @returns the exit code: 0 only if the whole run took place, every expectation held and it is not void */
export function printVerdict(report: SwarmReport, folder: string): number {
  const { expectations, faults, findings, isVoid, metrics, voidReason } = report;
  const pairs = metrics["pairs"];
  const decrypted = Math.round((pairs?.value ?? 0) * (pairs?.count ?? 0));
  const others = findings.filter((finding) => !tellsOfCut(finding));
  const lines = [
    "",
    `${decrypted} of ${pairs?.count ?? 0} expected pairs of sender and receiver were decrypted.`,
    ...(isVoid ? [`The run is void. ${voidReason ?? ""}`] : []),
    ...findings.filter(tellsOfCut).map(({ sentence }) => `✗ ${sentence}`),
    ...expectations.map(({ holds, sentence }) => `${holds ? "✓" : "✗"} ${sentence}`),
    ...faults.slice(0, SHOWN).map(({ sentence }) => `! ${sentence}`),
    ...others.slice(0, SHOWN).map(({ bot, sentence }) => `· ${bot === undefined ? "" : `bot ${bot}: `}${sentence}`),
    ...(others.length > SHOWN ? [`· and ${others.length - SHOWN} findings more`] : []),
    "",
    `Report: ${folder}/report.html`,
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
  return hasHeld(report) ? 0 : 1;
}
