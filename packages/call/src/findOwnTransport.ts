import { discoverTransports, MatrixRtcError, type RtcTransport } from "@conclave/matrix-rtc";

import type { CallDeps } from "./deps.ts";
import { CallError } from "./errors.ts";
import type { OwnPlace } from "./ownPlace.ts";
import { toCallError } from "./toCallError.ts";

/**
 * Finds where this device publishes.
 *
 * @throws {CallError} `no_transport`, `homeserver_unreachable`, `rate_limited`, `logged_out`
 */
export async function findOwnTransport(deps: CallDeps, fallbackServiceUrl: string | undefined): Promise<RtcTransport> {
  try {
    const [best] = await discoverTransports(deps, fallbackServiceUrl);
    if (best) return best;
  } catch (fault) {
    throw explainDiscovery(fault);
  }
  throw new CallError("no_transport", "No route of discovery named a usable SFU");
}

/**
 * The transport as the membership names it: layer C has the SFU's own address, which the grant says where nobody else did.
 *
 * @throws {CallError} as `SfuAuthorizer.grantFor`
 */
export async function namedTransport({ form, authorizer }: OwnPlace, transport: RtcTransport): Promise<RtcTransport> {
  if (form.layer !== "draft" || transport.sfuUrl !== undefined) return transport;
  const { url } = await authorizer.grantFor(transport.serviceUrl, "publish");
  return { ...transport, sfuUrl: url };
}

/** A homeserver that could not be asked is the reason, not the transport that nobody named. */
function explainDiscovery(fault: unknown): CallError {
  const tried = fault instanceof MatrixRtcError ? fault.tried.map(({ outcome }) => outcome) : [];
  for (const code of ["logged_out", "homeserver_unreachable", "rate_limited"] as const) {
    if (!tried.includes(code)) continue;
    return new CallError(code, `Discovery failed as ${code}`, { cause: fault, retryable: code !== "logged_out" });
  }
  return toCallError(fault, "no_transport");
}
