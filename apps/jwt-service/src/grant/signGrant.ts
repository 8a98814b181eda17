import { JwtServiceError } from "../errors.ts";
import type { Grant } from "./grantPolicy.ts";
import type { SignJwt } from "./hs256.ts";

/** To connect, not to stay: the SFU renews the token of whoever is connected. */
const TOKEN_LIFETIME_SECONDS = 600;

/** Whose name and key a token is signed with. */
export interface SigningKey {
  readonly livekitKey: string;
  readonly livekitSecret: string;
}

/**
 * Signs the token that lets one identity join one room during the next ten minutes. It carries no right of an
 * administrator, whatever the grant.
 *
 * @throws {JwtServiceError} `token_failed`
 * @see LiveKit docs, "Access tokens"
 */
export function signGrant(
  key: { readonly livekitKey: string; readonly sign: SignJwt },
  grant: Grant,
  nowMs: number,
): string {
  const nowSeconds = Math.floor(nowMs / 1000);
  try {
    return key.sign({
      iss: key.livekitKey,
      sub: grant.identity,
      identity: grant.identity,
      iat: nowSeconds,
      nbf: nowSeconds,
      exp: nowSeconds + TOKEN_LIFETIME_SECONDS,
      video: {
        roomJoin: true,
        room: grant.room,
        canPublish: grant.canPublish,
        canSubscribe: true,
        canUpdateOwnMetadata: true,
      },
    });
  } catch (cause) {
    throw new JwtServiceError("token_failed", "The token could not be signed", { cause });
  }
}
