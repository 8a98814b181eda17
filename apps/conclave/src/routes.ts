import type { Homeserver } from "@conclave/homeserver";
import type { JwtService } from "@conclave/jwt-service";
import type { Sfu } from "@conclave/sfu";

import { requestOrigin, withOrigin, type Origin } from "./origin.ts";

export const JWT_PREFIX = "/livekit/jwt";
export const SFU_PREFIX = "/livekit/sfu";

/** Everything that is mounted on the one origin. */
export interface Parts {
  readonly homeserver: Pick<Homeserver, "fetch">;
  readonly jwtService: Pick<JwtService, "fetch">;
  readonly sfu: Pick<Sfu, "fetch">;
  readonly site: { fetch(request: Request): Promise<Response> };
}

export interface RouteConfig {
  /** The origin that the parts were made with. */
  readonly own: Origin;
  /** True if people only ever use that one; else each is answered with the origin that they used. */
  readonly isFixed: boolean;
  /** Part after the colon in user ids. */
  readonly serverName: string;
}

/** Answers that hold URLs of this installation. */
const ANSWERS_WITH_URLS: ReadonlySet<string> = new Set([
  "/.well-known/matrix/client",
  "/_matrix/client/unstable/org.matrix.msc4143/rtc/transports",
  "/_matrix/client/v1/rtc/transports",
  `${JWT_PREFIX}/get_token`,
  `${JWT_PREFIX}/sfu/get`,
]);

/** Sends a request to the part that it is for. */
export async function route(
  parts: Parts,
  config: RouteConfig,
  request: Request,
  remoteAddress: string,
): Promise<Response> {
  const { pathname } = new URL(request.url);
  const asked = config.isFixed ? config.own : requestOrigin(request.headers, config.own);
  if (pathname === "/config.json") return appConfig(asked, config.serverName);
  const response = await answer(parts, pathname, request, remoteAddress);
  return ANSWERS_WITH_URLS.has(pathname) ? withOrigin(response, config.own, asked) : response;
}

function answer(parts: Parts, pathname: string, request: Request, remoteAddress: string): Promise<Response> {
  if (isUnder(pathname, "/_matrix") || isUnder(pathname, "/.well-known/matrix")) {
    return parts.homeserver.fetch(request, remoteAddress);
  }
  if (isUnder(pathname, JWT_PREFIX)) return parts.jwtService.fetch(withoutPrefix(request, JWT_PREFIX), remoteAddress);
  if (isUnder(pathname, SFU_PREFIX)) return parts.sfu.fetch(withoutPrefix(request, SFU_PREFIX));
  return parts.site.fetch(request);
}

/** True for the prefix itself and everything below it. */
export function isUnder(pathname: string, prefix: string): boolean {
  return pathname === prefix || pathname.startsWith(`${prefix}/`);
}

/** A request for the same thing as the mounted part names it. */
function withoutPrefix(request: Request, prefix: string): Request {
  const url = new URL(request.url);
  url.pathname = url.pathname.slice(prefix.length) || "/";
  const hasBody = request.body !== null;
  return new Request(url, {
    method: request.method,
    headers: request.headers,
    ...(hasBody ? { body: request.body, duplex: "half" } : {}),
    signal: request.signal,
  });
}

/** Settings of our web app; the fields in snake case are those that Element Call reads. */
function appConfig(origin: Origin, serverName: string): Response {
  const body = {
    brand: "Conclave",
    homeserverUrl: origin.http,
    allowHomeserverParameter: true,
    livekitServiceUrl: `${origin.http}${JWT_PREFIX}`,
    default_server_config: { "m.homeserver": { base_url: origin.http, server_name: serverName } },
    livekit: { livekit_service_url: `${origin.http}${JWT_PREFIX}` },
  };
  return Response.json(body, { headers: { "cache-control": "no-cache", "access-control-allow-origin": "*" } });
}
