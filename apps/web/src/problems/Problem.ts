import { CallError, type CallErrorCode } from "@conclave/call";
import { CodedError } from "@conclave/kit";
import { MatrixRtcError } from "@conclave/matrix-rtc";

/** What can go wrong with a microphone, camera or screen of this computer. */
export type DeviceProblemCode =
  | "device_denied"
  | "device_missing"
  | "device_busy"
  | "device_insecure"
  | "device_failed";

/** What can go wrong in the page itself. */
export type PageProblemCode =
  | "link_invalid"
  | "browser_unsupported"
  | "account_refused"
  | "homeserver_refused"
  | "homeserver_not_allowed"
  | "app_incomplete";

/** Every code that a person may meet; `strings/problems.ts` has words for each. */
export type ProblemCode = CallErrorCode | DeviceProblemCode | PageProblemCode;

/** A failure to be shown: a code, and whether the same attempt may work later. */
export interface Problem {
  readonly code: ProblemCode;
  readonly isRetryable: boolean;
  /** For people who report the problem; made by us, free of secrets. */
  readonly detail?: string;
}

/** A microphone, camera or screen could not be used. */
export class DeviceError extends CodedError<DeviceProblemCode> {}

/** The page itself cannot go on. */
export class PageError extends CodedError<PageProblemCode> {}

const MATRIX_CODES: Readonly<Record<MatrixRtcError["code"], ProblemCode>> = {
  homeserver_unreachable: "homeserver_unreachable",
  rate_limited: "rate_limited",
  not_found: "room_not_found",
  forbidden: "room_forbidden",
  logged_out: "logged_out",
  unsupported: "account_refused",
  homeserver_refused: "homeserver_refused",
  no_transport: "no_transport",
  slot_invalid: "slot_invalid",
  slot_closed: "membership_failed",
  membership_failed: "membership_failed",
};

/** Reads any thrown value as a problem. What is not ours becomes `internal`. */
export function toProblem(thrown: unknown): Problem {
  const detail = thrown instanceof Error ? { detail: thrown.message } : {};
  if (thrown instanceof MatrixRtcError)
    return { code: MATRIX_CODES[thrown.code], isRetryable: thrown.retryable, ...detail };
  if (thrown instanceof CallError || thrown instanceof DeviceError || thrown instanceof PageError)
    return { code: thrown.code, isRetryable: thrown.retryable, ...detail };
  return { code: "internal", isRetryable: true, ...detail };
}
