import type { JwtServiceError } from "../errors.ts";
import type { Answered } from "./exchange.ts";

/** Holds the stable code of a refusal, because the body of an error is exactly `errcode` and `error`. */
const CAUSE_HEADER = "conclave-cause";

const CORS_HEADERS = {
  "content-type": "application/json",
  "access-control-allow-origin": "*",
  "access-control-allow-methods": "POST",
  "access-control-allow-headers": "Accept, Content-Type, Content-Length, Accept-Encoding, X-CSRF-Token",
} as const;
const PREFLIGHT_HEADERS = { ...CORS_HEADERS, "access-control-max-age": "86400" } as const;
const ERROR_HEADERS = { ...CORS_HEADERS, "access-control-expose-headers": `${CAUSE_HEADER}, Retry-After` } as const;
const TEXT_HEADERS = { "content-type": "text/plain; charset=utf-8" } as const;
const NO_HEADERS = {} as const;

/** A JSON answer that any web page may read. */
export function jsonAnswer(status: number, body: unknown, headers: Answered["headers"] = CORS_HEADERS): Answered {
  return { status, headers, body: `${JSON.stringify(body)}\n` };
}

/** An answer without a body, with the CORS headers of the token routes. */
export function emptyAnswer(status: number): Answered {
  return { status, headers: PREFLIGHT_HEADERS, body: "" };
}

/** An answer of plain text, or of nothing. */
export function textAnswer(status: number, body = ""): Answered {
  return { status, headers: body === "" ? NO_HEADERS : TEXT_HEADERS, body };
}

/** The Matrix form of a refusal. */
export function errorAnswer(error: JwtServiceError): Answered {
  const { retryAfterMs } = error;
  const body = { errcode: error.errcode, error: error.message };
  const headers = { ...ERROR_HEADERS, [CAUSE_HEADER]: error.code };
  if (retryAfterMs === undefined) return jsonAnswer(error.status, body, headers);
  return jsonAnswer(
    error.status,
    { ...body, retry_after_ms: retryAfterMs },
    { ...headers, "retry-after": String(Math.ceil(retryAfterMs / 1000)) },
  );
}
