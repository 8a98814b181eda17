import { MatrixRtcError, type MatrixRtcErrorCode } from "@conclave/matrix-rtc";

import { isRecord, numberAt } from "./json.ts";

const MS_PER_SECOND = 1000;
const DEFAULT_RETRY_AFTER_MS = 2000;
const MAX_RETRY_AFTER_MS = 10 * 60 * MS_PER_SECOND;

/** A refusal as the homeserver put it. */
export interface Refusal {
  readonly status: number;
  readonly errcode: string;
  readonly body: unknown;
  readonly retryAfterHeader: string | null;
}

/** The homeserver answered with an error; keeps its `errcode` for the few places that decide by it. */
export class HomeserverRefusal extends MatrixRtcError {
  readonly refusal: Refusal;

  constructor(what: string, refusal: Refusal, nowMs: number) {
    const code = codeOf(refusal);
    const maxDelayMs = numberAt(refusal.body, "org.matrix.msc4140.max_delay");
    super(code, `${what}: ${refusal.status} ${refusal.errcode}`, {
      retryable: code === "homeserver_unreachable" || code === "rate_limited",
      ...(code === "rate_limited" ? { retryAfterMs: retryAfterMs(refusal, nowMs) } : {}),
      ...(maxDelayMs === undefined || maxDelayMs < 0 ? {} : { maxDelayMs }),
    });
    this.name = "MatrixRtcError";
    this.refusal = refusal;
  }
}

/** No answer: network, timeout or an ended scope. */
export function unreachable(what: string, cause: unknown, retryable = true): MatrixRtcError {
  return new MatrixRtcError("homeserver_unreachable", `${what}: no answer`, { retryable, cause });
}

/** @see Client-Server API, "Standard error response" and "Common error codes" */
function codeOf({ status, errcode }: Refusal): MatrixRtcErrorCode {
  if (status === 429 || errcode === "M_LIMIT_EXCEEDED") return "rate_limited";
  if (errcode === "M_UNKNOWN_TOKEN" || errcode === "M_MISSING_TOKEN") return "logged_out";
  if (errcode === "M_UNRECOGNIZED") return "unsupported";
  if (status >= 500) return "homeserver_unreachable";
  if (status === 404) return "not_found";
  if (status === 403) return "forbidden";
  if (status === 405) return "unsupported";
  return "homeserver_refused";
}

function retryAfterMs({ body, retryAfterHeader }: Refusal, nowMs: number): number {
  const fromBody = isRecord(body) ? body["retry_after_ms"] : undefined;
  const wishedMs =
    typeof fromBody === "number" && fromBody >= 0 ? fromBody : (fromHeaderMs(retryAfterHeader, nowMs) ?? NaN);
  return Number.isFinite(wishedMs) ? Math.min(wishedMs, MAX_RETRY_AFTER_MS) : DEFAULT_RETRY_AFTER_MS;
}

/** RFC 9110 §10.2.3: seconds or a date. */
function fromHeaderMs(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d+$/.test(header)) return Number(header) * MS_PER_SECOND;
  const atMs = Date.parse(header);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}
