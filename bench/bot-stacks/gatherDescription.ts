import type { PeerConnection } from "node-datachannel";

/** The local description with all candidates in it. */
export function gatherDescription(peer: PeerConnection): Promise<string> {
  return new Promise((resolve) => {
    peer.onGatheringStateChange((state) => {
      if (state === "complete") resolve(peer.localDescription()?.sdp ?? "");
    });
  });
}
