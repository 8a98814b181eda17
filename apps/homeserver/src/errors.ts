import { CodedError } from "@conclave/kit";

/** Error codes of the Client-Server API that this server uses. */
export type MatrixErrcode =
  | "M_BAD_JSON"
  | "M_BAD_STATE"
  | "M_CANNOT_LEAVE_SERVER_NOTICE_ROOM"
  | "M_DUPLICATE_ANNOTATION"
  | "M_FORBIDDEN"
  | "M_GUEST_ACCESS_FORBIDDEN"
  | "M_INVALID_PARAM"
  | "M_INVALID_SIGNATURE"
  | "M_INVALID_USERNAME"
  | "M_LIMIT_EXCEEDED"
  | "M_MISSING_PARAM"
  | "M_MISSING_TOKEN"
  | "M_NOT_FOUND"
  | "M_NOT_JSON"
  | "M_ROOM_IN_USE"
  | "M_TOO_LARGE"
  | "M_UNKNOWN"
  | "M_UNKNOWN_POS"
  | "M_UNKNOWN_TOKEN"
  | "M_UNRECOGNIZED"
  | "M_UNSUPPORTED_ROOM_VERSION"
  | "M_USER_DEACTIVATED"
  | "M_USER_IN_USE"
  | "M_WEAK_PASSWORD";

/** A refusal as the Client-Server API words it: status, code, text for developers and more fields where specified. */
export class MatrixError extends CodedError<MatrixErrcode> {
  readonly status: number;
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(status: number, code: MatrixErrcode, message: string, fields: Readonly<Record<string, unknown>> = {}) {
    super(code, message, { retryable: status === 429 });
    this.status = status;
    this.fields = fields;
  }
}

export function forbidden(message: string): MatrixError {
  return new MatrixError(403, "M_FORBIDDEN", message);
}

export function notFound(message: string): MatrixError {
  return new MatrixError(404, "M_NOT_FOUND", message);
}

/** Logs the client out; softly: it may renew its token. */
export function unknownToken(isSoft = false): MatrixError {
  return new MatrixError(401, "M_UNKNOWN_TOKEN", "Unknown or ended token", { soft_logout: isSoft });
}

export function badJson(message: string): MatrixError {
  return new MatrixError(400, "M_BAD_JSON", message);
}

export function invalidParam(message: string): MatrixError {
  return new MatrixError(400, "M_INVALID_PARAM", message);
}

/** 429 with the wait in the body; the HTTP border adds the `Retry-After` header. */
export function limitExceeded(message: string, retryAfterMs: number): MatrixError {
  return new MatrixError(429, "M_LIMIT_EXCEEDED", message, { retry_after_ms: Math.ceil(retryAfterMs) });
}
