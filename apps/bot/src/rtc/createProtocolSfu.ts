import { CallError, type SfuClient, type SfuConnectOptions, type SfuGrant } from "@conclave/call";
import type { Clock, Logger, Scope } from "@conclave/kit";

import { WireCount } from "../sfu/WireCount.ts";
import { ProtocolConnection } from "./ProtocolConnection.ts";
import type { RtcObserver } from "./RtcObserver.ts";

export interface ProtocolSfuDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observer?: RtcObserver;
  /** Told of each packet. */
  readonly wire?: WireCount;
}

/** The SFU client of one protocol bot. */
export interface ProtocolSfu extends SfuClient {
  connect(grant: SfuGrant, options: SfuConnectOptions, scope: Scope): Promise<ProtocolConnection>;
  /** All that were made and whose scope lives, also those that have ended. */
  connections(): readonly ProtocolConnection[];
  /** Cuts every connection without a word and makes no further one. */
  vanish(): void;
}

/**
 * Connects to LiveKit-compatible SFUs from Node, with real ICE, DTLS, SRTP and SCTP but without codecs: frames come from
 * a `FrameSource` and go through a transform, both ways. What one costs is in docs/adr/0003.
 *
 * @see livekit.md 1 (connection), 2 (media)
 */
export function createProtocolSfu(deps: ProtocolSfuDeps): ProtocolSfu {
  const { clock, logger, observer = {}, wire = new WireCount() } = deps;
  const connections = new Set<ProtocolConnection>();
  let hasVanished = false;
  return {
    async connect(grant, { guard }, scope) {
      if (hasVanished) throw new CallError("sfu_unreachable", "The bot has vanished", { retryable: true });
      const connection = await ProtocolConnection.open({ clock, logger, observer, wire }, { grant, guard }, scope);
      connections.add(connection);
      scope.onEnd(() => void connections.delete(connection));
      if (hasVanished) connection.vanish();
      return connection;
    },
    connections: () => [...connections],
    vanish() {
      hasVanished = true;
      for (const connection of connections) connection.vanish();
    },
  };
}
