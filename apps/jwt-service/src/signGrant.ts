import { AccessToken } from "livekit-server-sdk";

import { JwtServiceError } from "./errors.ts";
import type { JwtServiceConfig } from "./ports.ts";

/** A client asks again for each join, so an hour is enough for every reconnect of LiveKit's own. */
const TOKEN_LIFETIME_SECONDS = 3600;

/**
 * Signs the token that lets `identity` join `room`, publish and subscribe.
 *
 * @throws {JwtServiceError} `token_failed`
 * @see LiveKit docs, "Access tokens"
 */
export async function signGrant(config: JwtServiceConfig, room: string, identity: string): Promise<string> {
  const token = new AccessToken(config.livekitKey, config.livekitSecret, { identity, ttl: TOKEN_LIFETIME_SECONDS });
  token.addGrant({ roomJoin: true, room, canPublish: true, canSubscribe: true, canUpdateOwnMetadata: true });
  try {
    return await token.toJwt();
  } catch (cause) {
    throw new JwtServiceError("token_failed", "The token could not be signed", { cause });
  }
}
