import type { Scope } from "@conclave/kit";

/** Two peer connections in one page; the first sends. */
export interface Loopback {
  readonly sending: RTCPeerConnection;
  readonly receiving: RTCPeerConnection;
  /** Negotiates what has been added to `sending`. */
  readonly connect: () => Promise<void>;
}

/** Makes a pair of connections that close with the scope. `options` go to both. */
export function createLoopback(scope: Scope, options: RTCConfiguration = {}): Loopback {
  const sending = new RTCPeerConnection(options);
  const receiving = new RTCPeerConnection(options);
  sending.addEventListener("icecandidate", ({ candidate }) => void receiving.addIceCandidate(candidate ?? undefined));
  receiving.addEventListener("icecandidate", ({ candidate }) => void sending.addIceCandidate(candidate ?? undefined));
  scope.onEnd(() => {
    sending.close();
    receiving.close();
  });
  return { sending, receiving, connect: () => negotiate(sending, receiving) };
}

async function negotiate(sending: RTCPeerConnection, receiving: RTCPeerConnection): Promise<void> {
  await sending.setLocalDescription();
  await receiving.setRemoteDescription(sending.localDescription ?? undefinedDescription());
  await receiving.setLocalDescription();
  await sending.setRemoteDescription(receiving.localDescription ?? undefinedDescription());
}

function undefinedDescription(): never {
  throw new Error("no local description");
}

/** Adds a track that is offered with one codec only. */
export function addTrack(connection: RTCPeerConnection, track: MediaStreamTrack, codec: string): RTCRtpSender {
  const transceiver = connection.addTransceiver(track, { direction: "sendonly" });
  const all = RTCRtpSender.getCapabilities(track.kind)?.codecs ?? [];
  const wanted = all.filter(({ mimeType }) => mimeType.toLowerCase() === `${track.kind}/${codec}`);
  if (wanted.length === 0) throw new Error(`This browser cannot send ${codec}`);
  transceiver.setCodecPreferences(wanted);
  return transceiver.sender;
}
