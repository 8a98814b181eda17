import type { Clock } from "@conclave/kit";

import { LookUpFault, type Homeservers, type OpenIdToken } from "../ports.ts";
import { type Deadline, deadlineIn } from "./deadline.ts";
import { NetworkFault, type HttpAnswer, type HttpCall } from "./httpCall.ts";
import { resolveServer, type FederationTarget, type ResolveDeps } from "./resolveServer.ts";
import { TimedCache } from "./TimedCache.ts";

/** From the first question to the answer, resolution included. */
const LOOK_UP_TIMEOUT_MS = 5000;
const MAX_ANSWER_BYTES = 64 * 1024;
const RESOLVED_FOR_MS = 600_000;
const STRANGER_FAILURE_MS = 30_000;
/** The operator's own homeserver may just be starting. */
const OWN_FAILURE_MS = 500;
const MAX_SERVERS = 5000;

export interface FederationDeps {
  readonly clock: Clock;
  /** Servers that the operator named: may be anywhere. */
  readonly isOwn: (serverName: string) => boolean;
  readonly own: HttpCall;
  readonly strangers: HttpCall;
  readonly findService: ResolveDeps["findService"];
}

/**
 * Asks homeservers over the federation API: who a token belongs to, exactly once per token. Where a server is, and that it
 * cannot be reached, is remembered for a while.
 *
 * @see Server-Server API, "Resolving server names" and "OpenID"
 */
export function homeserversOverHttp(deps: FederationDeps): Homeservers {
  const targets = new TimedCache<FederationTarget>(deps.clock, MAX_SERVERS);
  const failures = new TimedCache<NetworkFault>(deps.clock, MAX_SERVERS);

  /** Asks at the known place; what was known wrongly is found out anew, once. */
  async function get(serverName: string, path: string): Promise<HttpAnswer> {
    const failed = failures.get(serverName);
    if (failed) throw failed;
    const call = deps.isOwn(serverName) ? deps.own : deps.strangers;
    const deadline = deadlineIn(LOOK_UP_TIMEOUT_MS);
    const ask = ({ origin, connectTo }: FederationTarget): Promise<HttpAnswer> =>
      call({
        method: "GET",
        url: new URL(path, origin),
        limitBytes: MAX_ANSWER_BYTES,
        deadline,
        ...(connectTo ? { connectTo } : {}),
      });
    try {
      const known = targets.get(serverName);
      if (known) return await ask(known).catch(() => resolveAndAsk(serverName, { call, deadline, ask }));
      return await resolveAndAsk(serverName, { call, deadline, ask });
    } catch (fault) {
      const networkFault = fault instanceof NetworkFault ? fault : new NetworkFault("timed_out");
      targets.delete(serverName);
      failures.set(serverName, networkFault, deps.isOwn(serverName) ? OWN_FAILURE_MS : STRANGER_FAILURE_MS);
      throw networkFault;
    }
  }

  async function resolveAndAsk(
    serverName: string,
    {
      call,
      deadline,
      ask,
    }: { call: HttpCall; deadline: Deadline; ask: (target: FederationTarget) => Promise<HttpAnswer> },
  ): Promise<HttpAnswer> {
    const target = await resolveServer({ call, findService: deps.findService }, serverName, deadline);
    const answer = await ask(target);
    targets.set(serverName, target, RESOLVED_FOR_MS);
    return answer;
  }

  return {
    openIdUser: (token) => openIdUser(get, token),
    async probe(serverName) {
      const answer = await get(serverName, "/_matrix/federation/v1/version");
      if (answer.status >= 500) throw new LookUpFault("refused", `status ${answer.status}`);
      const theirsMs = Date.parse(answer.headers.get("date") ?? "");
      return { skewMs: Number.isNaN(theirsMs) ? undefined : theirsMs - deps.clock.nowMs() };
    },
  };
}

async function openIdUser(
  get: (serverName: string, path: string) => Promise<HttpAnswer>,
  { accessToken, serverName }: OpenIdToken,
): Promise<string> {
  const query = new URLSearchParams({ access_token: accessToken });
  const answer = await get(serverName, `/_matrix/federation/v1/openid/userinfo?${query.toString()}`).catch(
    (fault: unknown) => {
      throw new LookUpFault("unreachable", fault instanceof NetworkFault ? fault.reason : "unreachable");
    },
  );
  if (answer.status < 200 || answer.status > 299) throw new LookUpFault("refused", `status ${answer.status}`);
  return subjectOf(answer.body);
}

function subjectOf(body: Buffer): string {
  try {
    const value = JSON.parse(body.toString("utf8")) as { readonly sub?: unknown } | null;
    if (typeof value?.sub === "string") return value.sub;
  } catch {
    // Falls through: what cannot be read is refused like an answer without a subject.
  }
  throw new LookUpFault("refused", "unreadable answer");
}
