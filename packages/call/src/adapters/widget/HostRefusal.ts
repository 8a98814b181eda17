import { MatrixRtcError } from "@conclave/matrix-rtc";

import { HomeserverRefusal, unreachable } from "../http/httpError.ts";
import { isRecord, numberAt, recordAt, stringAt } from "../http/json.ts";

const HTTP_ERROR_STATUSES = { first: 400, last: 599 };

/** The host answered a request with an error. */
export class HostRefusal extends Error {
  override readonly name = "HostRefusal";
  /** The homeserver's answer, if the host passed it on: status, headers and body. */
  readonly matrixError: Readonly<Record<string, unknown>> | undefined;

  constructor(answer: unknown) {
    super("The host refused");
    const error = recordAt(answer, "error");
    this.matrixError = isRecord(error["matrix_api_error"]) ? error["matrix_api_error"] : undefined;
  }
}

/**
 * The coded error for a request that failed. What the homeserver said keeps its meaning. An error of which the host
 * says nothing more is a failure on its way there: hosts give no details of network failures, and what the host does not
 * allow is known before it is asked.
 */
export function toMatrixRtcError(what: string, error: unknown, nowMs: number): MatrixRtcError {
  if (error instanceof MatrixRtcError) return error;
  if (!(error instanceof HostRefusal)) return new MatrixRtcError("unsupported", `${what}: failed`, { cause: error });
  const { matrixError } = error;
  const status = numberAt(matrixError, "http_status");
  if (!matrixError || status === undefined) return unreachable(what, error);
  const { first, last } = HTTP_ERROR_STATUSES;
  if (status < first || status > last) return unreachable(what, error);
  const body = recordAt(matrixError, "response");
  const refusal = { status, errcode: stringAt(body, "errcode") ?? "", body, retryAfterHeader: retryAfter(matrixError) };
  return new HomeserverRefusal(what, refusal, nowMs);
}

function retryAfter(matrixError: unknown): string | null {
  const headers = Object.entries(recordAt(matrixError, "http_headers"));
  const value = headers.find(([name]) => name.toLowerCase() === "retry-after")?.[1];
  return typeof value === "string" ? value : null;
}
