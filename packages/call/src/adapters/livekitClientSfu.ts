import type { Clock, Logger, Scope } from "@conclave/kit";
import { LogLevel, setLogLevel } from "livekit-client";

import type { SfuClient, SfuConnection, SfuConnectOptions, SfuGrant } from "../sfu/ports.ts";
import { LivekitConnection } from "./livekit/LivekitConnection.ts";

export interface LivekitClientSfuDeps {
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Connects to LiveKit-compatible SFUs with livekit-client in a browser.
 *
 * livekit-client's own encryption stays off: each sender and receiver is handed to the `TrackGuard` before a frame can
 * flow. It resumes a broken signalling connection by itself for 15 s; a connection that must be made from scratch is
 * `ended` instead, because that needs a new grant.
 *
 * @see docs/join-flow.md; livekit.md 1.11 (resume), 5 (encryption)
 */
export function createLivekitClientSfu(deps: LivekitClientSfuDeps): SfuClient {
  // It logs to the console, with the names of rooms and people in each line.
  setLogLevel(LogLevel.error);
  return {
    connect(grant: SfuGrant, options: SfuConnectOptions, scope: Scope): Promise<SfuConnection> {
      return LivekitConnection.open(deps, { grant, guard: options.guard }, scope);
    },
  };
}
