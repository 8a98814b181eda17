import { CodedError } from "@conclave/kit";
import { MatrixRtcError } from "@conclave/matrix-rtc";

import { CallError, type CallErrorCode } from "./errors.ts";

/**
 * Translates a failure of a lower package into one of ours, with the original as `cause`. What says nothing of its own
 * becomes `fallback`: the code of the step that failed.
 */
export function toCallError(fault: unknown, fallback: CallErrorCode = "internal"): CallError {
  if (fault instanceof CallError) return fault;
  if (fault instanceof MatrixRtcError) return fromMatrix(fault, fallback);
  const retryable = fault instanceof CodedError && fault.retryable;
  return new CallError(fallback, `Failed as ${fallback}`, { cause: fault, retryable });
}

function fromMatrix(fault: MatrixRtcError, fallback: CallErrorCode): CallError {
  const code = matrixCode(fault.code) ?? fallback;
  return new CallError(code, `The homeserver side failed as ${fault.code}`, {
    cause: fault,
    retryable: fault.retryable,
  });
}

function matrixCode(code: MatrixRtcError["code"]): CallErrorCode | undefined {
  switch (code) {
    case "homeserver_unreachable":
    case "rate_limited":
    case "logged_out":
    case "no_transport":
    case "slot_invalid":
    case "membership_failed":
      return code;
    default:
      // What was not found or forbidden is known to the step that asked.
      return undefined;
  }
}
