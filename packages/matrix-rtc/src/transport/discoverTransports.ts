import type { Logger } from "@conclave/kit";

import { MatrixRtcError, type TriedRoute } from "../errors.ts";
import type { RtcTransport } from "../model.ts";
import type { MatrixPort } from "../ports.ts";
import { readTransport } from "./RtcTransport.ts";

export interface DiscoverTransportsDeps {
  readonly matrix: Pick<MatrixPort, "readTransports" | "readWellKnownFoci">;
  readonly logger: Logger;
}

type Route = TriedRoute["route"];

/** Entries of one answer that are looked at. */
const MAX_ENTRIES = 64;

/**
 * Finds the transports on which this device may publish, best first: the homeserver's transports endpoint, then the
 * well-known file, then the configured service URL. The first route that names a usable one wins.
 *
 * @throws {MatrixRtcError} `no_transport` with every route in `tried`, and what each had
 * @see MSC4143 discovery; MSC4519 registry of the `livekit` transport; `matrixrtc.md` 8.2
 */
export async function discoverTransports(
  deps: DiscoverTransportsDeps,
  fallbackServiceUrl?: string,
): Promise<readonly RtcTransport[]> {
  const routes: readonly (readonly [Route, () => Promise<readonly unknown[]>])[] = [
    ["homeserver", () => deps.matrix.readTransports()],
    ["well_known", () => deps.matrix.readWellKnownFoci()],
    ["configuration", () => Promise.resolve(configured(fallbackServiceUrl))],
  ];
  const tried: TriedRoute[] = [];
  for (const [route, read] of routes) {
    const outcome = await tryRoute(read);
    if (Array.isArray(outcome)) return outcome;
    tried.push({ route, outcome });
    deps.logger.debug("transport route without result", { route, outcome });
  }
  throw new MatrixRtcError("no_transport", "No route of discovery named a usable SFU", { tried });
}

async function tryRoute(read: () => Promise<readonly unknown[]>): Promise<RtcTransport[] | string> {
  try {
    const answers = (await read()).slice(0, MAX_ENTRIES).map(readTransport);
    const usable = answers.flatMap(({ transport }) => transport ?? []);
    if (usable.length > 0) return usable;
    const reasons = new Set(answers.flatMap(({ reason }) => reason ?? []));
    return reasons.size === 0 ? "named none" : `named none that can be used: ${[...reasons].join(", ")}`;
  } catch (error) {
    if (error instanceof MatrixRtcError) return error.code;
    throw error;
  }
}

function configured(serviceUrl: string | undefined): readonly unknown[] {
  return serviceUrl === undefined ? [] : [{ type: "livekit", livekit_service_url: serviceUrl }];
}
