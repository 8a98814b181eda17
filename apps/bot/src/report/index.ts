export { readReport, readSamples, writeReport } from "./adapters/writeReport.ts";
export { compareReports, formatComparison } from "./compareReports.ts";
export { completeReport } from "./completeReport.ts";
export { hasHeld } from "./hasHeld.ts";
export { isCutShort, tellsOfCut } from "./isCutShort.ts";
export { mergeReports } from "./mergeReports.ts";
export type { ResourceSample, ShardFacts, SwarmReport, SwarmRun } from "./swarmReport.ts";
