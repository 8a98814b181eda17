/**
 * Every answer carries these, errors above all: a client that cannot read the 404 of `/rtc/v1` does not fall back to
 * `/rtc`.
 */
export const CORS_HEADERS: Readonly<Record<string, string>> = {
  "access-control-allow-origin": "*",
  "access-control-allow-methods": "OPTIONS, HEAD, GET, POST, PATCH, DELETE",
  "access-control-allow-headers": "*",
  "access-control-max-age": "86400",
};
