import { identityHash3, legacyIdentity, livekitRoomAlias } from "@conclave/livekit-wire";

import { emptyAnswer, errorAnswer, jsonAnswer } from "./answers.ts";
import { JwtServiceError, unauthorised } from "./errors.ts";
import { parseDeviceGrantRequest, parseMemberGrantRequest } from "./grantRequest.ts";
import type { JwtService, JwtServiceConfig, JwtServiceDeps, OpenIdToken } from "./ports.ts";
import { RequestBudget } from "./RequestBudget.ts";
import { signGrant } from "./signGrant.ts";

/** A client needs one token per join; a whole office may join at once from one address. */
const REQUEST_BUDGET = { burst: 200, perSecond: 20 } as const;

/** The slot that the form before MSC4195 stands for. */
const LEGACY_SLOT = "m.call#ROOM";

/** Who may be where on the SFU. */
interface Place {
  readonly room: string;
  readonly identity: string;
  readonly homeserver: string;
}

type GrantRoute = (request: Request) => Promise<Place>;

/**
 * Makes the service that turns an OpenID token into an SFU token.
 *
 * @see MSC4195; the contract of lk-jwt-service 0.5, whose clients and routes it serves
 */
export function createJwtService(deps: JwtServiceDeps, config: JwtServiceConfig): JwtService {
  const budget = new RequestBudget(deps.clock, REQUEST_BUDGET);
  let isClosed = false;

  const routes: Readonly<Record<string, GrantRoute>> = {
    "/get_token": (request) => placeOfMember(deps, request),
    "/sfu/get": (request) => placeOfDevice(deps, request),
  };

  return {
    async fetch(request, remoteAddress) {
      const { pathname } = new URL(request.url);
      if (pathname === "/healthz") return health(request);
      const route = Object.hasOwn(routes, pathname) ? routes[pathname] : undefined;
      if (!route) return new Response("404 page not found\n", { status: 404 });
      if (request.method === "OPTIONS") return emptyAnswer(200);
      if (request.method !== "POST") return emptyAnswer(405, { allow: "POST, OPTIONS" });
      try {
        if (isClosed) throw new JwtServiceError("closing", "The service is shutting down");
        spend(budget, remoteAddress);
        return jsonAnswer(200, await grant(deps, config, await route(request)));
      } catch (fault) {
        return refuse(deps, pathname, fault);
      }
    },
    close() {
      isClosed = true;
      return Promise.resolve();
    },
  };
}

function health(request: Request): Response {
  const isRead = request.method === "GET" || request.method === "HEAD";
  return new Response(null, { status: isRead ? 200 : 405 });
}

function spend(budget: RequestBudget, remoteAddress: string): void {
  const retryAfterMs = budget.take(remoteAddress);
  if (retryAfterMs > 0) throw new JwtServiceError("rate_limited", "Too many requests", { retryAfterMs });
}

async function placeOfMember(deps: JwtServiceDeps, request: Request): Promise<Place> {
  const asked = await parseMemberGrantRequest(request);
  const userId = await verifiedUser(deps, asked.openIdToken);
  if (userId !== asked.claimedUserId) throw unauthorised();
  return {
    room: await livekitRoomAlias(asked.roomId, asked.slotId),
    identity: await identityHash3(userId, asked.claimedDeviceId, asked.memberId),
    homeserver: asked.openIdToken.serverName,
  };
}

async function placeOfDevice(deps: JwtServiceDeps, request: Request): Promise<Place> {
  const asked = await parseDeviceGrantRequest(request);
  const userId = await verifiedUser(deps, asked.openIdToken);
  return {
    room: await livekitRoomAlias(asked.room, LEGACY_SLOT),
    identity: legacyIdentity(userId, asked.deviceId),
    homeserver: asked.openIdToken.serverName,
  };
}

/** The user id that the named homeserver vouches for; a homeserver can only vouch for its own users. */
async function verifiedUser(deps: JwtServiceDeps, token: OpenIdToken): Promise<string> {
  const userId = await deps.openIdUser(token).catch((cause: unknown) => {
    throw unauthorised(cause);
  });
  const [, serverName] = /^@[^:]+:(.+)$/s.exec(userId ?? "") ?? [];
  if (userId === undefined || serverName !== token.serverName) throw unauthorised();
  return userId;
}

async function grant(
  deps: JwtServiceDeps,
  config: JwtServiceConfig,
  place: Place,
): Promise<{ readonly url: string; readonly jwt: string }> {
  if (hasFullAccess(config, place.homeserver)) {
    await deps.createRoom(place.room).catch((cause: unknown) => {
      throw new JwtServiceError("sfu_refused", "Unable to create room on SFU", { cause });
    });
  }
  return { url: config.livekitUrl, jwt: await signGrant(config, place.room, place.identity) };
}

function hasFullAccess({ fullAccessHomeservers }: JwtServiceConfig, homeserver: string): boolean {
  const isOpenToAll = fullAccessHomeservers.length === 1 && fullAccessHomeservers[0] === "*";
  return isOpenToAll || fullAccessHomeservers.includes(homeserver);
}

function refuse(deps: JwtServiceDeps, route: string, fault: unknown): Response {
  if (fault instanceof JwtServiceError) {
    const line = { route, code: fault.code, cause: fault.cause instanceof Error ? fault.cause.message : undefined };
    if (fault.status >= 500) deps.logger.error("grant failed", line);
    else deps.logger.info("grant refused", line);
    return errorAnswer(fault);
  }
  deps.logger.error("grant failed", { route, cause: fault instanceof Error ? fault.message : typeof fault });
  return jsonAnswer(500, { errcode: "M_UNKNOWN", error: "Internal error" });
}
