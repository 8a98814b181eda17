import { CodedError } from "@conclave/kit";

interface Form {
  readonly status: number;
  readonly errcode: string;
}

/**
 * Why a request was refused, and how that looks on the wire. The codes are API: each refusal carries its code in the
 * header `Conclave-Cause`, from which call apps make a sentence.
 *
 * @see Client-Server API, "Standard error response"
 */
const FORMS = {
  not_json: { status: 400, errcode: "M_NOT_JSON" },
  bad_json: { status: 400, errcode: "M_BAD_JSON" },
  body_too_large: { status: 413, errcode: "M_TOO_LARGE" },
  delegation_refused: { status: 400, errcode: "M_BAD_JSON" },
  delegation_forbidden: { status: 403, errcode: "M_FORBIDDEN" },
  client_api_unknown: { status: 400, errcode: "M_BAD_JSON" },
  unauthorised: { status: 401, errcode: "M_UNAUTHORIZED" },
  homeserver_unreachable: { status: 401, errcode: "M_UNAUTHORIZED" },
  not_in_room: { status: 403, errcode: "M_FORBIDDEN" },
  user_limited: { status: 429, errcode: "M_LIMIT_EXCEEDED" },
  server_limited: { status: 429, errcode: "M_LIMIT_EXCEEDED" },
  service_busy: { status: 429, errcode: "M_LIMIT_EXCEEDED" },
  sfu_refused: { status: 500, errcode: "M_UNKNOWN" },
  sfu_unreachable: { status: 500, errcode: "M_UNKNOWN" },
  token_failed: { status: 500, errcode: "M_UNKNOWN" },
  internal: { status: 500, errcode: "M_UNKNOWN" },
  closing: { status: 503, errcode: "M_UNKNOWN" },
} as const satisfies Readonly<Record<string, Form>>;

/** A stable reason for a refusal. */
export type JwtServiceErrorCode = keyof typeof FORMS;

interface JwtServiceErrorOptions {
  readonly cause?: unknown;
  readonly retryAfterMs?: number;
  /** What the log may say beyond the code; never sent. */
  readonly detail?: string;
}

/** A refusal with its Matrix form. */
export class JwtServiceError extends CodedError<JwtServiceErrorCode> {
  readonly status: number;
  readonly errcode: string;
  readonly retryAfterMs: number | undefined;
  readonly detail: string | undefined;

  constructor(code: JwtServiceErrorCode, message: string, options: JwtServiceErrorOptions = {}) {
    const form: Form = FORMS[code];
    super(code, message, { retryable: form.status === 429 || form.status >= 500, cause: options.cause });
    this.status = form.status;
    this.errcode = form.errcode;
    this.retryAfterMs = options.retryAfterMs;
    this.detail = options.detail;
  }
}

/** The one answer to every failed proof of identity: its body must not tell which check failed. */
export function unauthorised(
  detail: string,
  code: "unauthorised" | "homeserver_unreachable" = "unauthorised",
): JwtServiceError {
  return new JwtServiceError(code, "The request could not be authorised.", { detail });
}

/** Too many requests of one kind; `retryAfterMs` from now another one is served. */
export function limited(
  code: "user_limited" | "server_limited" | "service_busy",
  retryAfterMs: number,
): JwtServiceError {
  return new JwtServiceError(code, "Too many requests", { retryAfterMs: Math.max(1, Math.ceil(retryAfterMs)) });
}
