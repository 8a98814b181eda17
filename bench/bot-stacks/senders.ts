import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";

import { Audio, PeerConnection, type Track } from "node-datachannel";

import { gatherDescription } from "./gatherDescription.ts";
import { FIRST_SSRC, LOAD, PAYLOAD_TYPE } from "./messages.ts";
import type { ReceiverProcess } from "./ReceiverProcess.ts";
import { deriveKeys, protect } from "./srtp.ts";

/** Sends the packet of the given number on each connection. */
export interface Sender {
  send(number: number): void;
  close(): void;
}

const CONNECT_TIMEOUT_MS = 40_000;

/** Connects as WebRTC does, with libdatachannel on our side whatever is on the other. */
export async function connectPeers(process: ReceiverProcess): Promise<Sender> {
  const peers: PeerConnection[] = [];
  const tracks: Track[] = [];
  for (let index = 0; index < LOAD.connections; index++) {
    const peer = new PeerConnection(`sender-${index}`, { iceServers: [], disableAutoNegotiation: true });
    peers.push(peer);
    const audio = new Audio("0", "SendOnly");
    audio.addOpusCodec(PAYLOAD_TYPE);
    audio.addSSRC(FIRST_SSRC + index, "bench", "bench", "bench");
    tracks.push(peer.addTrack(audio));
    const described = gatherDescription(peer);
    peer.setLocalDescription("offer");
    const offer = withoutCandidates(await described);
    peer.setRemoteDescription(await process.answer(index, offer), "answer");
  }
  const untilMs = performance.now() + CONNECT_TIMEOUT_MS;
  while (!tracks.every((track) => track.isOpen())) {
    if (performance.now() > untilMs)
      throw new Error(`${tracks.filter((track) => !track.isOpen()).length} connections did not come up`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return {
    send: (number) => tracks.forEach((track, index) => track.sendMessageBinary(packetOf(index, number))),
    close: () => peers.forEach((peer) => peer.close()),
  };
}

/** Sends SRTP with a key that both sides know. */
export async function openSockets(process: ReceiverProcess): Promise<Sender> {
  const master = randomBytes(28);
  const keys = deriveKeys(master);
  const ports = await process.open(master.toString("hex"));
  // One for each: mediasoup takes the first source of a transport for good.
  const sockets = ports.map(() => createSocket("udp4"));
  return {
    send: (number) =>
      ports.forEach((port, index) => sockets[index]?.send(protect(keys, packetOf(index, number)), port, "127.0.0.1")),
    close: () => sockets.forEach((socket) => socket.close()),
  };
}

/** We begin the checks: a receiver that knew where to, would do so before we have its fingerprint. */
function withoutCandidates(sdp: string): string {
  return sdp.replaceAll(/^a=(candidate|end-of-candidates).*\r?\n/gm, "");
}

function packetOf(index: number, number: number): Buffer {
  const packet = Buffer.alloc(12 + LOAD.payloadBytes, 7);
  packet.writeUInt16BE(0x80_00 | PAYLOAD_TYPE, 0);
  packet.writeUInt16BE(number & 0xff_ff, 2);
  packet.writeUInt32BE(number * 960, 4);
  packet.writeUInt32BE(FIRST_SSRC + index, 8);
  return packet;
}
