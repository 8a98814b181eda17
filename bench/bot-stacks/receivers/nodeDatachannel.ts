import { PeerConnection, RtcpReceivingSession, type Track } from "node-datachannel";

import { gatherDescription } from "../gatherDescription.ts";
import type { Receiver } from "../messages.ts";

/** libdatachannel, as protocol bots use it. */
export function createReceiver(): Receiver {
  const kept: (PeerConnection | Track)[] = [];
  let packets = 0;
  return {
    answer(index, sdp) {
      const peer = new PeerConnection(`receiver-${index}`, { iceServers: [] });
      kept.push(peer);
      peer.onTrack((track) => {
        kept.push(track);
        track.setMediaHandler(new RtcpReceivingSession());
        track.onMessage(() => {
          packets += 1;
        });
      });
      const described = gatherDescription(peer);
      peer.setRemoteDescription(sdp, "offer");
      return described;
    },
    packets: () => packets,
  };
}
