import { createWorker } from "mediasoup";

import { FIRST_SSRC, LOAD, PAYLOAD_TYPE, type Receiver } from "../messages.ts";

const CODEC = { mimeType: "audio/opus", clockRate: 48_000, channels: 2 } as const;

/**
 * mediasoup's worker, which hands packets to Node through a DirectTransport. It is no client: it cannot begin ICE, so it gets
 * SRTP with a known key. What it would cost with ICE and DTLS is more.
 */
export async function createReceiver(): Promise<Receiver> {
  const worker = await createWorker({ logLevel: "none", workerBin: process.env["MEDIASOUP_WORKER_BIN"] ?? "" });
  const router = await worker.createRouter({ mediaCodecs: [{ kind: "audio", ...CODEC }] });
  const direct = await router.createDirectTransport();
  let packets = 0;

  async function openOne(index: number, keyBase64: string): Promise<number> {
    const listenInfo = { protocol: "udp", ip: "127.0.0.1" } as const;
    const plain = await router.createPlainTransport({
      listenInfo,
      comedia: true,
      rtcpMux: true,
      enableSrtp: true,
      srtpCryptoSuite: "AEAD_AES_128_GCM",
    });
    await plain.connect({ srtpParameters: { cryptoSuite: "AEAD_AES_128_GCM", keyBase64 } });
    const producer = await plain.produce({
      kind: "audio",
      rtpParameters: { codecs: [{ ...CODEC, payloadType: PAYLOAD_TYPE }], encodings: [{ ssrc: FIRST_SSRC + index }] },
    });
    const consumer = await direct.consume({ producerId: producer.id, rtpCapabilities: router.rtpCapabilities });
    consumer.on("rtp", () => {
      packets += 1;
    });
    return plain.tuple.localPort;
  }

  return {
    async open(keyHex) {
      const keyBase64 = Buffer.from(keyHex, "hex").toString("base64");
      const ports: number[] = [];
      for (let index = 0; index < LOAD.connections; index++) ports.push(await openOne(index, keyBase64));
      return ports;
    },
    packets: () => packets,
    async otherCpuUs() {
      const { ru_utime: userMs, ru_stime: systemMs } = await worker.getResourceUsage();
      return (userMs + systemMs) * 1_000;
    },
  };
}
