import { type MatrixFeatures, MatrixRtcError } from "@conclave/matrix-rtc";

import type { HomeserverClient } from "./HomeserverClient.ts";
import { arrayAt, isRecord, numberAt, recordAt } from "./json.ts";

const TRANSPORT_PATHS = [
  "/_matrix/client/unstable/org.matrix.msc4143/rtc/transports",
  "/_matrix/client/v1/rtc/transports",
] as const;
const DELAYED_EVENTS = "org.matrix.msc4140";
const STICKY_EVENTS = "org.matrix.msc4354";
const WELL_KNOWN_TIMEOUT_MS = 5000;
const MAX_WELL_KNOWN_BYTES = 256 * 1024;

/** What the homeserver says that it can do. @see Client-Server API, "GET /versions", "GET /capabilities" */
export async function readFeatures(client: HomeserverClient): Promise<MatrixFeatures> {
  const [versions, capabilities] = await Promise.all([
    client.json({ method: "GET", path: "/_matrix/client/versions", retries: 1 }),
    readCapabilities(client),
  ]);
  const flags = recordAt(versions, "unstable_features");
  const delayed = recordAt(capabilities, `${DELAYED_EVENTS}.delayed_events`);
  const maxDelayMs = numberAt(delayed, "max_delay_ms");
  return {
    delayedEvents: flags[DELAYED_EVENTS] === true || flags[`${DELAYED_EVENTS}.stable`] === true,
    stickyEvents: flags[STICKY_EVENTS] === true,
    ...(maxDelayMs === undefined ? {} : { maxDelayMs }),
  };
}

/** Optional: without them only the longest delay is unknown. */
async function readCapabilities(client: HomeserverClient): Promise<unknown> {
  try {
    const body = await client.json({ method: "GET", path: "/_matrix/client/v3/capabilities" });
    return recordAt(body, "capabilities");
  } catch (error) {
    if (error instanceof MatrixRtcError && error.code !== "logged_out") return {};
    throw error;
  }
}

/** @see MSC4143 and MSC4519: both paths and both spellings of the key are deployed */
export async function readTransports(client: HomeserverClient): Promise<readonly unknown[]> {
  for (const path of TRANSPORT_PATHS) {
    try {
      const body = await client.json({ method: "GET", path, retries: 1 });
      const key = isRecord(body) && Array.isArray(body["transports"]) ? "transports" : "rtc_transports";
      return arrayAt(body, key);
    } catch (error) {
      if (!(error instanceof MatrixRtcError) || !isMissing(error)) throw error;
    }
  }
  return [];
}

function isMissing(error: MatrixRtcError): boolean {
  return error.code === "unsupported" || error.code === "not_found";
}

/**
 * `org.matrix.msc4143.rtc_foci` of the server's `.well-known/matrix/client`: by the name in user ids first, as
 * specified, then at the configured address, which serves it in one-machine installs.
 *
 * @returns an empty list for everything that goes wrong: a missing file often shows as a CORS or TLS failure
 */
export async function readWellKnownFoci(
  client: HomeserverClient,
  openElsewhere: (baseUrl: string) => HomeserverClient,
  serverName: string,
): Promise<readonly unknown[]> {
  const configured = new URL(client.baseUrl);
  const origins = configured.host === serverName ? [] : [`https://${serverName}`];
  for (const origin of [...origins, configured.origin]) {
    const foci = await tryFoci(openElsewhere(origin));
    if (foci) return foci;
  }
  return [];
}

async function tryFoci(client: HomeserverClient): Promise<readonly unknown[] | undefined> {
  try {
    const body = await client.json({
      method: "GET",
      path: "/.well-known/matrix/client",
      auth: false,
      timeoutMs: WELL_KNOWN_TIMEOUT_MS,
      maxBodyBytes: MAX_WELL_KNOWN_BYTES,
    });
    return arrayAt(body, "org.matrix.msc4143.rtc_foci");
  } catch {
    return undefined;
  }
}
