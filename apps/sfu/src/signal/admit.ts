import { type AccessGrant, LivekitWireError } from "@conclave/livekit-wire";
import { type ApiKeys, verifyAccessToken } from "@conclave/livekit-wire/verify";

import type { SfuLimits } from "../config/limits.ts";
import { SfuError, type SfuErrorCode } from "../errors.ts";
import { initialAttributes } from "./clientOptions.ts";

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

/** What a token is checked with. */
export interface Admission {
  readonly keys: ApiKeys;
  readonly nowMs: number;
  readonly limits: SfuLimits;
}

/**
 * Checks that a token allows to join its room.
 *
 * @throws {SfuError} `token_refused`, `join_forbidden`, `join_malformed`
 */
export async function admit({ query, authorization }: JoinRequest, admission: Admission): Promise<AccessGrant> {
  const { keys, nowMs, limits } = admission;
  const bearer = /^Bearer (.+)$/i.exec(authorization ?? "")?.[1];
  const grant = withAttributes(await verify(bearer ?? query.get("access_token") ?? "", keys, nowMs), query);
  const asked = query.get("room");
  if (!grant.canJoin || (asked && asked !== grant.room)) {
    throw new SfuError("join_forbidden", "The token does not allow to join this room");
  }
  const { identity, room, name, metadata, attributes } = grant;
  const attributesBytes = Buffer.byteLength(Object.entries(attributes).flat().join(""));
  const isOutOfBounds =
    identity === "" ||
    room === "" ||
    identity.length > limits.identityLength ||
    room.length > limits.roomNameLength ||
    name.length > limits.nameLength ||
    Buffer.byteLength(metadata) > limits.metadataBytes ||
    attributesBytes > limits.attributesBytes;
  if (isOutOfBounds) throw new SfuError("join_malformed", "Fields of the token are empty or too long");
  return grant;
}

/** Who may change its attributes may bring some along; the token's cannot be deleted that way. */
function withAttributes(grant: AccessGrant, query: URLSearchParams): AccessGrant {
  const brought = initialAttributes(query);
  if (Object.keys(brought).length === 0) return grant;
  if (!grant.canUpdateOwnMetadata) {
    throw new SfuError("join_forbidden", "The token does not allow to set attributes");
  }
  return { ...grant, attributes: { ...grant.attributes, ...brought } };
}

async function verify(token: string, keys: ApiKeys, nowMs: number): Promise<AccessGrant> {
  try {
    return await verifyAccessToken(token, keys, nowMs);
  } catch (cause) {
    if (!(cause instanceof LivekitWireError)) throw cause;
    throw new SfuError("token_refused", `The token is refused: ${cause.code}`, { cause });
  }
}
