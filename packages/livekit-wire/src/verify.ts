import { utf8 } from "@conclave/kit";
import { errors, jwtVerify } from "jose";

import { decodeSegment, MAX_TOKEN_CHARACTERS } from "./accessToken.ts";
import { type AccessGrant, parseClaims } from "./claims.ts";
import { LivekitWireError } from "./errors.ts";

/** How far the clocks of issuer and verifier may differ. */
export const CLOCK_LEEWAY_SECONDS = 10;

/** API key to secret. */
export type ApiKeys = Readonly<Record<string, string>>;

/**
 * Verifies an access token: HS256 only, issuer among `keys`, `exp` required, times with a small leeway.
 * Says who and what; whether that suffices is the caller's decision.
 *
 * @throws {LivekitWireError} `token_malformed`, `token_key_unknown`, `token_forged`, `token_expired`,
 *   `token_not_yet_valid`
 * @see LiveKit protocol, auth/verifier.go; RFC 8725 §3.1 (one algorithm)
 */
export async function verifyAccessToken(token: string, keys: ApiKeys, nowMs: number): Promise<AccessGrant> {
  if (token.length > MAX_TOKEN_CHARACTERS) throw new LivekitWireError("token_malformed", "The token is too long");
  try {
    const { payload } = await jwtVerify(token, (_header, jws) => secretOf(jws.payload, keys), {
      algorithms: ["HS256"],
      requiredClaims: ["exp", "iss"],
      currentDate: new Date(nowMs),
      clockTolerance: CLOCK_LEEWAY_SECONDS,
    });
    return parseClaims(payload);
  } catch (fault) {
    throw fault instanceof LivekitWireError ? fault : translate(fault);
  }
}

function secretOf(payload: string | Uint8Array, keys: ApiKeys): Uint8Array {
  const segment = typeof payload === "string" ? payload : new TextDecoder().decode(payload);
  const { issuer } = parseClaims(decodeSegment(segment));
  if (!Object.hasOwn(keys, issuer)) throw new LivekitWireError("token_key_unknown", "The issuer is no known API key");
  return utf8(keys[issuer] ?? "");
}

function translate(fault: unknown): LivekitWireError {
  // Causes are left out: jose's errors carry the payload.
  if (fault instanceof errors.JWTExpired) return new LivekitWireError("token_expired", "The token has expired");
  if (fault instanceof errors.JWTClaimValidationFailed) {
    return fault.claim === "nbf"
      ? new LivekitWireError("token_not_yet_valid", "The token is not valid yet")
      : new LivekitWireError("token_malformed", `The claim ${fault.claim} is missing or wrong`);
  }
  if (fault instanceof errors.JWSSignatureVerificationFailed || fault instanceof errors.JOSEAlgNotAllowed) {
    return new LivekitWireError("token_forged", "The signature does not belong to the key");
  }
  return new LivekitWireError("token_malformed", "Not a signed JWT");
}
