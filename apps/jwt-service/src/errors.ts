import { CodedError } from "@conclave/kit";

/** Why a request for a grant was refused. */
export type JwtServiceErrorCode =
  | "not_json"
  | "bad_json"
  | "body_too_large"
  | "unauthorised"
  | "rate_limited"
  | "sfu_refused"
  | "token_failed"
  | "closing";

interface MatrixForm {
  readonly status: number;
  readonly errcode: string;
}

/** How each code looks on the wire. @see Client-Server API, "Standard error response" */
const MATRIX_FORMS: Readonly<Record<JwtServiceErrorCode, MatrixForm>> = {
  not_json: { status: 400, errcode: "M_NOT_JSON" },
  bad_json: { status: 400, errcode: "M_BAD_JSON" },
  body_too_large: { status: 413, errcode: "M_TOO_LARGE" },
  unauthorised: { status: 401, errcode: "M_UNAUTHORIZED" },
  rate_limited: { status: 429, errcode: "M_LIMIT_EXCEEDED" },
  sfu_refused: { status: 500, errcode: "M_UNKNOWN" },
  token_failed: { status: 500, errcode: "M_UNKNOWN" },
  closing: { status: 503, errcode: "M_UNKNOWN" },
};

interface JwtServiceErrorOptions {
  readonly cause?: unknown;
  readonly retryAfterMs?: number;
}

/** A refusal with its Matrix form. */
export class JwtServiceError extends CodedError<JwtServiceErrorCode> {
  readonly status: number;
  readonly errcode: string;
  readonly retryAfterMs: number | undefined;

  constructor(code: JwtServiceErrorCode, message: string, options: JwtServiceErrorOptions = {}) {
    const form = MATRIX_FORMS[code];
    super(code, message, { retryable: form.status === 429 || form.status >= 500, cause: options.cause });
    this.status = form.status;
    this.errcode = form.errcode;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** The one answer to every failed look-up: it must not tell which check failed. */
export function unauthorised(cause?: unknown): JwtServiceError {
  return new JwtServiceError("unauthorised", "The request could not be authorised.", { cause });
}
