import { utf8 } from "@conclave/kit";
import { SignJWT } from "jose";

import type { AccessGrant } from "./claims.ts";
import { LivekitWireError } from "./errors.ts";
import type { ApiKeys } from "./verify.ts";

const MS_PER_SECOND = 1000;

export interface Renewal {
  readonly nowMs: number;
  readonly lifetimeMs: number;
}

/**
 * Signs a grant anew, so that a client can reconnect after its first token has expired. The room permissions stay
 * as they were; permissions for the server API are never renewed.
 *
 * @throws {LivekitWireError} `token_key_unknown` when the grant's issuer is none of `keys`
 * @see LiveKit protocol, SignalResponse.refresh_token
 */
export async function renewAccessToken(grant: AccessGrant, keys: ApiKeys, renewal: Renewal): Promise<string> {
  const { issuer, identity, name, metadata, attributes, room, kind } = grant;
  const secret = Object.hasOwn(keys, issuer) ? keys[issuer] : undefined;
  if (secret === undefined) throw new LivekitWireError("token_key_unknown", "The issuer is no known API key");
  const video = {
    room,
    roomJoin: grant.canJoin,
    canPublish: grant.canPublish,
    canSubscribe: grant.canSubscribe,
    canPublishData: grant.canPublishData,
    canUpdateOwnMetadata: grant.canUpdateOwnMetadata,
    ...(grant.publishSources ? { canPublishSources: grant.publishSources } : {}),
    ...(grant.isHidden ? { hidden: true } : {}),
  };
  const nowSeconds = Math.floor(renewal.nowMs / MS_PER_SECOND);
  return new SignJWT({ name, metadata, attributes, kind, video })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setIssuer(issuer)
    .setSubject(identity)
    .setNotBefore(nowSeconds)
    .setExpirationTime(nowSeconds + Math.floor(renewal.lifetimeMs / MS_PER_SECOND))
    .sign(utf8(secret));
}
