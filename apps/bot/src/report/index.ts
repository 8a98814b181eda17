export { readReport, writeReport } from "./adapters/writeReport.ts";
export type { WrittenReport } from "./adapters/writeReport.ts";
export { compareReports, DEFAULT_TOLERANCE, formatComparison } from "./compareReports.ts";
export type { Compared, Comparison, Spread } from "./compareReports.ts";
export { renderComparison } from "./page/renderComparison.ts";
export { renderReport } from "./page/renderReport.ts";
export { completeReport } from "./completeReport.ts";
export { expectedStreams } from "./expectedStreams.ts";
export type { ExpectedStream, ExpectOptions } from "./expectedStreams.ts";
export { isDecrypted, judgePairs } from "./judgePairs.ts";
export type { Fault, Judgement, PairVerdict } from "./judgePairs.ts";
export type { Cause } from "./causes.ts";
export type { Side } from "./evidence.ts";
export { mergeReports } from "./mergeReports.ts";
export { Swarm } from "./Swarm.ts";
export { summarise } from "./summarise.ts";
export type { RunMetrics } from "./summarise.ts";
export { parseSwarmReport, REPORT_VERSION } from "./swarmReport.ts";
export type {
  ExpectationVerdict,
  FaultRecord,
  Metrics,
  ResourceSample,
  ShardFacts,
  SwarmReport,
  SwarmRun,
} from "./swarmReport.ts";
export { ReportError } from "./errors.ts";
export type { ReportErrorCode } from "./errors.ts";
