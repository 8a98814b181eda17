import type { Clock } from "@conclave/kit";

import { deadlineIn } from "./deadline.ts";
import type { HttpCall } from "./httpCall.ts";
import { getOnSameHost } from "./resolveServer.ts";
import { bracketed, tryServerName } from "./serverName.ts";
import { TimedCache } from "./TimedCache.ts";

const FOUND_FOR_MS = 4 * 3_600_000;
const MISSING_FOR_MS = 5000;
const LOOK_UP_TIMEOUT_MS = 5000;
const MAX_SERVERS = 5000;

export interface ClientApiDeps {
  readonly clock: Clock;
  readonly isOwn: (serverName: string) => boolean;
  readonly own: HttpCall;
  readonly strangers: HttpCall;
  /** Server name to the URL of its client API; wins over what the server publishes. */
  readonly overrides: ReadonlyMap<string, string>;
}

/** Where a homeserver's client API is, and with which rights to ask it. */
export interface ClientApi {
  /** Without trailing slash. */
  readonly baseUrl: string;
  readonly call: HttpCall;
}

/**
 * Finds client APIs: by the operator's word, else by `/.well-known/matrix/client`. `undefined` if there is none.
 *
 * @see Client-Server API, "Well-known URI"
 */
export function clientApis(deps: ClientApiDeps): (serverName: string) => Promise<ClientApi | undefined> {
  const known = new TimedCache<ClientApi | "missing">(deps.clock, MAX_SERVERS);

  return async (serverName) => {
    const override = deps.overrides.get(serverName);
    if (override !== undefined) return { baseUrl: override, call: deps.own };
    const cached = known.get(serverName);
    if (cached !== undefined) return cached === "missing" ? undefined : cached;
    const isOwn = deps.isOwn(serverName);
    const call = isOwn ? deps.own : deps.strangers;
    const baseUrl = await publishedUrl(call, serverName).catch(() => undefined);
    // A stranger must not make us speak without TLS.
    const api = baseUrl !== undefined && (isOwn || baseUrl.startsWith("https:")) ? { baseUrl, call } : undefined;
    known.set(serverName, api ?? "missing", api ? FOUND_FOR_MS : MISSING_FOR_MS);
    return api;
  };
}

async function publishedUrl(call: HttpCall, serverName: string): Promise<string | undefined> {
  const name = tryServerName(serverName);
  if (!name) return undefined;
  const port = name.port === undefined ? "" : `:${name.port}`;
  const url = new URL(`https://${bracketed(name.host)}${port}/.well-known/matrix/client`);
  const answer = await getOnSameHost(call, url, deadlineIn(LOOK_UP_TIMEOUT_MS));
  if (answer?.status !== 200) return undefined;
  const value = JSON.parse(answer.body.toString("utf8")) as Readonly<
    Record<string, { readonly base_url?: unknown } | undefined>
  > | null;
  const published = value?.["m.homeserver"]?.base_url;
  return typeof published === "string" ? tryBaseUrl(published) : undefined;
}

/** An HTTP URL without its trailing slash; `undefined` if it is none. */
export function tryBaseUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, origin, pathname, username, password } = new URL(text);
  if ((protocol !== "http:" && protocol !== "https:") || username !== "" || password !== "") return undefined;
  return (origin + pathname).replace(/\/+$/, "");
}
