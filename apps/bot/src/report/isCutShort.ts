import type { Finding } from "../model.ts";
import type { SwarmReport } from "./swarmReport.ts";

const CODES: ReadonlySet<string> = new Set(["interrupted", "byte_limit_reached"]);

/** The finding says that the run was ended before its time. */
export function tellsOfCut({ code }: Finding): boolean {
  return CODES.has(code);
}

/** What was asked for did not take place as a whole, so it cannot have succeeded. */
export function isCutShort({ findings }: Pick<SwarmReport, "findings">): boolean {
  return findings.some(tellsOfCut);
}
