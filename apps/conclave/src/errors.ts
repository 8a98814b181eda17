import { CodedError } from "@conclave/kit";

/** Why the program cannot start. */
export type StartErrorCode =
  | "bad_option"
  | "port_in_use"
  | "port_refused"
  | "data_unusable"
  | "worker_missing"
  | "media_refused"
  | "part_failed";

/** Start-up failed; the message is one sentence for the operator and names the remedy. */
export class StartError extends CodedError<StartErrorCode> {}
