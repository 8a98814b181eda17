import { isCutShort } from "./isCutShort.ts";
import type { SwarmReport } from "./swarmReport.ts";

/** The whole run took place, proves something, and was as expected. */
export function hasHeld(report: Pick<SwarmReport, "findings" | "expectations" | "isVoid">): boolean {
  return !report.isVoid && !isCutShort(report) && report.expectations.every(({ holds }) => holds);
}
