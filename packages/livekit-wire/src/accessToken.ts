import { tryFromBase64 } from "@conclave/kit";

import { type AccessGrant, parseClaims } from "./claims.ts";
import { LivekitWireError } from "./errors.ts";

/** Longest access token that is read at all. */
export const MAX_TOKEN_CHARACTERS = 16_384;

/**
 * Reads an access token without verifying it, as a client must: it has no key. The claims say who we are on the
 * SFU and in which room; nothing may be allowed because of them.
 *
 * @throws {LivekitWireError} `token_malformed`, also if it has no identity or room
 * @see RFC 7519 §7.2; MSC4195 (room name and identity are read from the token, never computed)
 */
export function readAccessToken(jwt: string): AccessGrant {
  const grant = parseClaims(decodePayload(jwt));
  if (grant.identity === "" || grant.room === "") {
    throw new LivekitWireError("token_malformed", "The token names no identity or no room");
  }
  return grant;
}

function decodePayload(jwt: string): unknown {
  const [, payload = "", signature, excess] = jwt.length > MAX_TOKEN_CHARACTERS ? [] : jwt.split(".");
  if (signature === undefined || excess !== undefined) {
    throw new LivekitWireError("token_malformed", "Not a signed JWT");
  }
  return decodeSegment(payload);
}

/**
 * Decodes the payload segment of a JWT.
 *
 * @throws {LivekitWireError} `token_malformed`
 */
export function decodeSegment(segment: string): unknown {
  const bytes = tryFromBase64(segment);
  try {
    if (bytes) return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    // Falls through: the parser's error quotes the payload, so it is not kept as a cause.
  }
  throw new LivekitWireError("token_malformed", "The payload is not JSON");
}
