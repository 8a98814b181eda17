export { readReport, writeReport } from "./adapters/writeReport.ts";
export { compareReports, formatComparison } from "./compareReports.ts";
export { completeReport } from "./completeReport.ts";
export { mergeReports } from "./mergeReports.ts";
export type { ResourceSample, ShardFacts, SwarmReport, SwarmRun } from "./swarmReport.ts";
