import type { JwtServiceError } from "./errors.ts";

const CORS_HEADERS = {
  "access-control-allow-origin": "*",
  "access-control-allow-methods": "POST",
  "access-control-allow-headers": "Accept, Content-Type, Content-Length, Accept-Encoding, X-CSRF-Token",
  "access-control-max-age": "86400",
} as const;

/** A JSON answer that any web page may read. */
export function jsonAnswer(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(`${JSON.stringify(body)}\n`, {
    status,
    headers: { "content-type": "application/json", ...CORS_HEADERS, ...headers },
  });
}

/** An answer without a body, with the CORS headers of the token routes. */
export function emptyAnswer(status: number, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(null, { status, headers: { "content-type": "application/json", ...CORS_HEADERS, ...headers } });
}

/** The Matrix form of a refusal. */
export function errorAnswer(error: JwtServiceError): Response {
  const { retryAfterMs } = error;
  const body = { errcode: error.errcode, error: error.message };
  if (retryAfterMs === undefined) return jsonAnswer(error.status, body);
  return jsonAnswer(
    error.status,
    { ...body, retry_after_ms: retryAfterMs },
    { "retry-after": String(Math.ceil(retryAfterMs / 1000)) },
  );
}
