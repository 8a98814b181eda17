import { type AccessGrant, LivekitWireError } from "@conclave/livekit-wire";
import { type ApiKeys, verifyAccessToken } from "@conclave/livekit-wire/verify";

import { SfuError, type SfuErrorCode } from "../errors.ts";

const MAX_IDENTITY_CHARACTERS = 256;
const MAX_ROOM_CHARACTERS = 256;
const MAX_METADATA_CHARACTERS = 65_536;

/** What is told to a client that is not let in. */
export interface Refusal {
  readonly status: 400 | 401 | 404 | 429 | 500 | 503;
  readonly text: string;
}

const REFUSALS: Readonly<Partial<Record<SfuErrorCode, Refusal>>> = {
  token_refused: { status: 401, text: "invalid token" },
  join_forbidden: { status: 401, text: "permissions denied" },
  join_malformed: { status: 400, text: "identity, room or metadata are empty or too long" },
  path_not_found: { status: 404, text: "404 page not found" },
  // Clients tell this 404 from a missing endpoint by these words.
  room_not_found: { status: 404, text: "requested room does not exist" },
  capacity_reached: { status: 503, text: "no capacity left" },
  media_unavailable: { status: 503, text: "media is not available" },
  ended: { status: 503, text: "shutting down" },
};

/** Translates a failed join to HTTP, as LiveKit's clients read it. */
export function toRefusal(fault: unknown): Refusal {
  const known = fault instanceof SfuError ? REFUSALS[fault.code] : undefined;
  return known ?? { status: 500, text: "internal error" };
}

/** A request to join, before its token is checked. */
export interface JoinRequest {
  readonly query: URLSearchParams;
  /** The header's value, if there is one. */
  readonly authorization: string | undefined;
}

/**
 * Checks that a token allows to join its room.
 *
 * @throws {SfuError} `token_refused`, `join_forbidden`, `join_malformed`
 */
export async function admit({ query, authorization }: JoinRequest, keys: ApiKeys, nowMs: number): Promise<AccessGrant> {
  const bearer = /^Bearer (.+)$/i.exec(authorization ?? "")?.[1];
  const grant = await verify(bearer ?? query.get("access_token") ?? "", keys, nowMs);
  const asked = query.get("room");
  if (!grant.canJoin || (asked && asked !== grant.room)) {
    throw new SfuError("join_forbidden", "The token does not allow to join this room");
  }
  const { identity, room, name, metadata, attributes } = grant;
  const attributesCharacters = JSON.stringify(attributes).length;
  const isOutOfBounds =
    identity === "" ||
    room === "" ||
    identity.length > MAX_IDENTITY_CHARACTERS ||
    room.length > MAX_ROOM_CHARACTERS ||
    name.length > MAX_IDENTITY_CHARACTERS ||
    Math.max(metadata.length, attributesCharacters) > MAX_METADATA_CHARACTERS;
  if (isOutOfBounds) throw new SfuError("join_malformed", "Fields of the token are empty or too long");
  return grant;
}

async function verify(token: string, keys: ApiKeys, nowMs: number): Promise<AccessGrant> {
  try {
    return await verifyAccessToken(token, keys, nowMs);
  } catch (cause) {
    if (!(cause instanceof LivekitWireError)) throw cause;
    throw new SfuError("token_refused", `The token is refused: ${cause.code}`, { cause });
  }
}
