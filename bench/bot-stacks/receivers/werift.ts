import { RTCPeerConnection, RTCRtpCodecParameters } from "werift";

import { PAYLOAD_TYPE, type Receiver } from "../messages.ts";

/** WebRTC in TypeScript. */
export function createReceiver(): Receiver {
  let packets = 0;
  return {
    async answer(_index, sdp) {
      const opus = new RTCRtpCodecParameters({
        mimeType: "audio/opus",
        clockRate: 48_000,
        channels: 2,
        payloadType: PAYLOAD_TYPE,
      });
      const peer = new RTCPeerConnection({ iceServers: [], codecs: { audio: [opus], video: [] } });
      peer.onTrack.subscribe((track) => {
        track.onReceiveRtp.subscribe(() => {
          packets += 1;
        });
      });
      await peer.setRemoteDescription({ type: "offer", sdp });
      await peer.setLocalDescription(await peer.createAnswer());
      return peer.localDescription?.sdp ?? "";
    },
    packets: () => packets,
  };
}
