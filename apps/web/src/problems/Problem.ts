import { CallError, type CallErrorCode } from "@conclave/call";
import { CodedError } from "@conclave/kit";

/** What can go wrong with a microphone, camera or screen of this computer. */
export type DeviceProblemCode =
  | "device_denied"
  | "device_missing"
  | "device_busy"
  | "device_insecure"
  | "device_failed";

/** What can go wrong in the page itself. */
export type PageProblemCode = "link_invalid" | "browser_unsupported";

/** Every code that a person may meet; `strings/problems.ts` has words for each. */
export type ProblemCode = CallErrorCode | DeviceProblemCode | PageProblemCode;

/** A failure to be shown: a code, and whether the same attempt may work later. */
export interface Problem {
  readonly code: ProblemCode;
  readonly isRetryable: boolean;
  /** For people who report the problem; made by us, free of secrets. */
  readonly detail?: string;
}

/** Reads any thrown value as a problem. What is not ours becomes `internal`. */
export function toProblem(thrown: unknown): Problem {
  if (thrown instanceof CallError) return { code: thrown.code, isRetryable: thrown.retryable, detail: thrown.message };
  if (thrown instanceof DeviceError) return { code: thrown.code, isRetryable: true };
  return { code: "internal", isRetryable: true, ...(thrown instanceof Error ? { detail: thrown.message } : {}) };
}

/** A microphone, camera or screen could not be used. */
export class DeviceError extends CodedError<DeviceProblemCode> {}
