import type { Logger } from "@conclave/kit";
import { PeerConnection } from "node-datachannel";

export interface PeerListener {
  readonly logger: Logger;
  described(sdp: string): void;
  candidate(candidate: string, mid: string): void;
  connected(): void;
  /** It is over, and not by `close`. */
  failed(): void;
}

let serial = 0;

/**
 * Makes a peer connection of libdatachannel. Host candidates are enough: an SFU has an address that can be reached.
 * Its callbacks come from native threads; a throw in one would end the process, so none gets out.
 *
 * Its threads keep a process alive: end that with `process.exit`. The library's own `cleanup` crashes after many
 * connections (node-datachannel 0.33).
 */
export function openPeer(listener: PeerListener, isAnswering: boolean): PeerConnection {
  const peer = new PeerConnection(`bot-${(serial += 1)}`, {
    iceServers: [],
    disableAutoNegotiation: !isAnswering,
    // The first offer may hold data alone, and a transport without SRTP stays one.
    forceMediaTransport: true,
  });
  const { logger } = listener;
  peer.onLocalDescription(guarded(logger, (sdp: string) => listener.described(sdp)));
  peer.onLocalCandidate(
    guarded(logger, (candidate: string, mid: string) => listener.candidate(withoutAttribute(candidate), mid)),
  );
  peer.onStateChange(
    guarded(logger, (state: string) => {
      if (state === "connected") listener.connected();
      if (state === "failed") listener.failed();
    }),
  );
  return peer;
}

/** `a=candidate:…`, a line of SDP, as the value that a browser trickles; LiveKit takes no other. */
function withoutAttribute(candidate: string): string {
  return candidate.replace(/^a=/, "");
}

/** Wraps a callback so that what it throws is logged, not thrown. */
export function guarded<A extends unknown[]>(logger: Logger, run: (...args: A) => void): (...args: A) => void {
  return (...args) => {
    try {
      run(...args);
    } catch (fault) {
      logger.error("peer callback failed", { fault: fault instanceof Error ? fault.message : "unknown" });
    }
  };
}
