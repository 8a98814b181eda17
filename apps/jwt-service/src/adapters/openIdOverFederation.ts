import { z } from "zod";

import { readBoundedText } from "../boundedText.ts";
import type { JwtServiceDeps, OpenIdToken } from "../ports.ts";
import { federationOrigin, isDirect, tryServerName, type ServerName } from "./federationAddress.ts";
import { isInternalAddress } from "./internalAddress.ts";

const LOOKUP_TIMEOUT_MS = 10_000;
const MAX_WELL_KNOWN_BYTES = 50 * 1024;
const MAX_USER_INFO_BYTES = 4 * 1024;
const MAX_REDIRECTS = 3;

const wellKnownBody = z.object({ "m.server": z.string() });
const userInfoBody = z.object({ sub: z.string() });

export interface FederationOptions {
  /** Server names that may be on internal addresses: the operator's own. */
  readonly trustedServers: readonly string[];
  /** Addresses of a host name. Each must be public unless the server is trusted. */
  readonly lookup: (host: string) => Promise<readonly string[]>;
}

/** One look-up: what bounds it in time and in where it may go. */
interface Lookup extends FederationOptions {
  readonly fetch: typeof fetch;
  readonly signal: AbortSignal;
  readonly isTrusted: boolean;
}

/**
 * Asks the user's homeserver who the token belongs to, over the federation API, exactly once per token.
 *
 * Server names resolve by literal, port, `.well-known` and port 8448; SRV records are not read. Redirects are
 * followed for `.well-known` only, over HTTPS only.
 *
 * @see Server-Server API, "Resolving server names" and "OpenID"
 */
export function openIdOverFederation(
  fetchLike: typeof fetch,
  options: FederationOptions,
): JwtServiceDeps["openIdUser"] {
  return async (token) => {
    const lookup: Lookup = {
      ...options,
      fetch: fetchLike,
      signal: AbortSignal.timeout(LOOKUP_TIMEOUT_MS),
      isTrusted: options.trustedServers.includes(token.serverName),
    };
    return readUserInfo(lookup, await resolveOrigin(lookup, token.serverName), token);
  };
}

async function readUserInfo(lookup: Lookup, origin: string, token: OpenIdToken): Promise<string | undefined> {
  const url = new URL("/_matrix/federation/v1/openid/userinfo", origin);
  url.searchParams.set("access_token", token.accessToken);
  const response = await get(lookup, url);
  if (!response.ok) return undefined;
  return userInfoBody.parse(JSON.parse(await readBoundedText(response, MAX_USER_INFO_BYTES))).sub;
}

async function resolveOrigin(lookup: Lookup, serverName: string): Promise<string> {
  const name = tryServerName(serverName);
  if (!name) throw new Error("The server name is malformed");
  if (isDirect(name)) return federationOrigin(name);
  return federationOrigin((await delegatedName(lookup, name)) ?? name);
}

/** What `/.well-known/matrix/server` names; `undefined` where there is none, which is not a fault. */
async function delegatedName(lookup: Lookup, name: ServerName): Promise<ServerName | undefined> {
  try {
    let url = new URL(`https://${name.host}/.well-known/matrix/server`);
    for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
      const response = await get(lookup, url);
      const location = response.headers.get("location");
      if (response.status < 300 || response.status > 399 || location === null) {
        return response.ok ? parseWellKnown(await readBoundedText(response, MAX_WELL_KNOWN_BYTES)) : undefined;
      }
      url = new URL(location, url);
    }
    return undefined;
  } catch {
    return undefined;
  }
}

function parseWellKnown(body: string): ServerName | undefined {
  return tryServerName(wellKnownBody.parse(JSON.parse(body))["m.server"]);
}

async function get(lookup: Lookup, url: URL): Promise<Response> {
  if (url.protocol !== "https:") throw new Error("Only HTTPS is used between servers");
  if (!lookup.isTrusted) await refuseInternal(lookup, url.hostname);
  return lookup.fetch(url, { redirect: "manual", signal: lookup.signal, headers: { accept: "application/json" } });
}

async function refuseInternal(lookup: Lookup, hostname: string): Promise<void> {
  const host = hostname.replace(/^\[|\]$/g, "");
  const addresses = tryServerName(hostname)?.isAddress ? [host] : await lookup.lookup(host);
  if (addresses.length === 0 || addresses.some(isInternalAddress)) {
    throw new Error("The server is on an internal address");
  }
}
