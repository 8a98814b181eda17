import { MatrixRtcError } from "@conclave/matrix-rtc";

import { HomeserverRefusal, type Refusal, unreachable } from "../http/httpError.ts";
import { isRecord, numberAt, stringAt } from "../http/json.ts";

/** Names of the SDK's errors for requests that got no answer. */
const NO_ANSWER: ReadonlySet<string> = new Set(["AbortError", "ConnectionError", "TimeoutError", "TokenRefreshError"]);

/**
 * What the homeserver answered, if the error is about an answer. Told by shape: a host may bundle the SDK in more than
 * one copy, and classes of different copies are different.
 */
export function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof Error)) return undefined;
  const status = numberAt(error, "httpStatus");
  if (status === undefined) return undefined;
  const { data, httpHeaders } = error as { readonly data?: unknown; readonly httpHeaders?: unknown };
  const body = isRecord(data) ? data : undefined;
  const retryAfterHeader = httpHeaders instanceof Headers ? httpHeaders.get("retry-after") : null;
  return { status, errcode: stringAt(body, "errcode") ?? "", body, retryAfterHeader };
}

/** The coded error for a failure of the SDK; `what` names the operation. */
export function toMatrixRtcError(what: string, error: unknown, nowMs: number): MatrixRtcError {
  if (error instanceof MatrixRtcError) return error;
  const refusal = refusalOf(error);
  if (refusal) return new HomeserverRefusal(what, refusal, nowMs);
  if (error instanceof Error && NO_ANSWER.has(error.name)) return unreachable(what, error);
  return new MatrixRtcError("unsupported", `${what}: the client failed`, { cause: error });
}
