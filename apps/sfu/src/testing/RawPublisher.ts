import { AddTrackRequest, SessionDescription, TrackSource, TrackType } from "@livekit/protocol";
import { MediaStreamTrack, RTCPeerConnection, RTCRtpCodecParameters, RtpHeader } from "werift";

import type { SignalClient } from "./SignalClient.ts";

const PAYLOAD_TYPE = 96;
const SAMPLES_PER_PACKET = 960;

/** A publisher of sound that writes RTP by hand: WebRTC in TypeScript, with no scruples about SSRCs. */
export class RawPublisher {
  /** That it has announced in its SDP. */
  readonly ssrc: number;
  readonly #peer: RTCPeerConnection;
  readonly #send: (payload: Buffer, header: RtpHeader) => Promise<number>;
  #sequence = 0;

  /** Publishes over a session that has joined. */
  static async publish(client: SignalClient): Promise<RawPublisher> {
    const opus = new RTCRtpCodecParameters({
      mimeType: "audio/opus",
      clockRate: 48_000,
      channels: 2,
      payloadType: PAYLOAD_TYPE,
    });
    const peer = new RTCPeerConnection({
      iceServers: [],
      iceUseIpv6: false,
      iceAdditionalHostAddresses: ["127.0.0.1"],
      codecs: { audio: [opus], video: [] },
    });
    const track = new MediaStreamTrack({ kind: "audio" });
    const { sender } = peer.addTransceiver(track, { direction: "sendonly" });
    await peer.setLocalDescription(await peer.createOffer());
    // werift leaves out the line by which the server finds the track.
    const cid = "tone";
    const sdp = `${peer.localDescription?.sdp ?? ""}a=msid:stage ${cid}\r\n`;
    const request = { cid, type: TrackType.AUDIO, source: TrackSource.MICROPHONE };
    client.send({ case: "addTrack", value: new AddTrackRequest(request) });
    await client.next("trackPublished");
    client.send({ case: "offer", value: new SessionDescription({ type: "offer", sdp, id: 1 }) });
    const answer = await client.next("answer");
    const connected = peer.connectionStateChange.watch((state) => state === "connected");
    await peer.setRemoteDescription({ type: "answer", sdp: answer.sdp });
    await connected;
    return new RawPublisher(peer, sender.ssrc, (payload, header) => sender.dtlsTransport.sendRtp(payload, header));
  }

  private constructor(
    peer: RTCPeerConnection,
    ssrc: number,
    send: (payload: Buffer, header: RtpHeader) => Promise<number>,
  ) {
    this.#peer = peer;
    this.ssrc = ssrc;
    this.#send = send;
  }

  /** Sends one packet as whoever it likes. */
  async send(text: string, ssrc: number = this.ssrc): Promise<void> {
    this.#sequence += 1;
    const header = new RtpHeader({
      version: 2,
      payloadType: PAYLOAD_TYPE,
      sequenceNumber: this.#sequence,
      timestamp: this.#sequence * SAMPLES_PER_PACKET,
      ssrc,
    });
    await this.#send(Buffer.from(text), header);
  }

  async close(): Promise<void> {
    await this.#peer.close();
  }
}
