import { CodedError } from "@conclave/kit";

export type ReportErrorCode =
  /** The text is no JSON, or not of the documented shape. */
  | "bad_report"
  /** Made by another version of this program's report. */
  | "other_version"
  /** The reports are not parts of one run. */
  | "other_run"
  | "shard_missing"
  | "shard_doubled"
  | "already_merged"
  /** The two reports cannot be compared at all. */
  | "nothing_to_compare";

/** A report cannot be read, merged or compared; the message is one sentence for the operator for each fault. */
export class ReportError extends CodedError<ReportErrorCode> {}
