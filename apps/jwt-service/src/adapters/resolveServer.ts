import { type Deadline, deadlineIn, timeLeftMs } from "./deadline.ts";
import { NetworkFault, type HttpAnswer, type HttpCall } from "./httpCall.ts";
import { bracketed, DEFAULT_FEDERATION_PORT, tryServerName, type ServerName } from "./serverName.ts";

const WELL_KNOWN_TIMEOUT_MS = 2500;
const MAX_WELL_KNOWN_BYTES = 50 * 1024;
const MAX_REDIRECTS = 3;

/** Where the federation API of a server is. */
export interface FederationTarget {
  /** Its origin: the host that the certificate is for, and what `Host` says. */
  readonly origin: URL;
  /** Where to connect, if an SRV record says another place. */
  readonly connectTo?: { readonly host: string; readonly port: number };
}

export interface ResolveDeps {
  readonly call: HttpCall;
  readonly findService: (
    names: readonly string[],
  ) => Promise<{ readonly host: string; readonly port: number } | undefined>;
}

/**
 * Resolves a server name: literal or port as they are, else `.well-known`, else SRV, else port 8448. What `.well-known`
 * names is not looked up there again. Redirects of `.well-known` are followed on the same host only.
 *
 * @throws {NetworkFault} `name_unknown` if the name is malformed, `timed_out`
 * @see Server-Server API, "Resolving server names"
 */
export async function resolveServer(deps: ResolveDeps, text: string, deadline: Deadline): Promise<FederationTarget> {
  const name = tryServerName(text);
  if (!name) throw new NetworkFault("name_unknown");
  if (isDirect(name)) return directTarget(name);
  const delegated = await delegatedName(deps.call, name, deadline);
  if (timeLeftMs(deadline) === 0) throw new NetworkFault("timed_out");
  if (delegated && isDirect(delegated)) return directTarget(delegated);
  const { host } = delegated ?? name;
  const service = await deps.findService([`_matrix-fed._tcp.${host}`, `_matrix._tcp.${host}`]);
  if (!service) return directTarget({ host, isAddress: false, port: undefined });
  return { origin: new URL(`https://${host}`), connectTo: service };
}

function isDirect(name: ServerName): boolean {
  return name.isAddress || name.port !== undefined;
}

function directTarget({ host, port }: ServerName): FederationTarget {
  return { origin: new URL(`https://${bracketed(host)}:${port ?? DEFAULT_FEDERATION_PORT}`) };
}

/** What `/.well-known/matrix/server` names; `undefined` where there is none, which is not a fault. */
async function delegatedName(
  call: HttpCall,
  { host }: ServerName,
  deadline: Deadline,
): Promise<ServerName | undefined> {
  const url = new URL(`https://${host}/.well-known/matrix/server`);
  try {
    const answer = await getOnSameHost(call, url, Math.min(deadline, deadlineIn(WELL_KNOWN_TIMEOUT_MS)));
    return answer?.status === 200 ? parseWellKnown(answer.body) : undefined;
  } catch {
    return undefined;
  }
}

/** Follows redirects as long as they stay with the host, its port and HTTPS; `undefined` where they lead elsewhere. */
export async function getOnSameHost(call: HttpCall, start: URL, deadline: Deadline): Promise<HttpAnswer | undefined> {
  let url = start;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
    const answer = await call({ method: "GET", url, limitBytes: MAX_WELL_KNOWN_BYTES, deadline });
    const location = answer.headers.get("location");
    if (answer.status < 300 || answer.status > 399 || location === null) return answer;
    if (!URL.canParse(location, url.href)) return undefined;
    url = new URL(location, url);
    if (url.origin !== start.origin) return undefined;
  }
  return undefined;
}

function parseWellKnown(body: Buffer): ServerName | undefined {
  const value = JSON.parse(body.toString("utf8")) as Readonly<Record<string, unknown>> | null;
  const server = value?.["m.server"];
  return typeof server === "string" ? tryServerName(server) : undefined;
}
