import { Device, type types } from "mediasoup-client";

import { LOAD } from "../loadShape.ts";
import { dropDeltas, noiseTrack, setSenderActive, sumReceived, type LoadedSfu } from "./load.ts";

/** Puts the load on mediasoup with nothing around it (`bareSfu.ts`). */
export async function loadBare(url: string): Promise<LoadedSfu> {
  const call = async <T>(method: string, body: object = {}): Promise<T> => {
    const response = await fetch(`${url}/${method}`, { method: "POST", body: JSON.stringify(body) });
    return (await response.json()) as T;
  };
  const device = new Device();
  await device.load({ routerRtpCapabilities: await call<types.RtpCapabilities>("capabilities") });

  async function open(direction: "send" | "receive"): Promise<types.Transport> {
    const options = await call<types.TransportOptions>("transport");
    const transport = direction === "send" ? device.createSendTransport(options) : device.createRecvTransport(options);
    transport.on("connect", ({ dtlsParameters }, done, fail) => {
      call("connect", { id: transport.id, dtlsParameters }).then(done, fail);
    });
    transport.on("produce", ({ rtpParameters }, done, fail) => {
      call<{ id: string }>("produce", { id: transport.id, rtpParameters }).then(done, fail);
    });
    return transport;
  }

  const producers: types.Producer[] = [];
  for (let index = 0; index < LOAD.publishers; index++) {
    const transport = await open("send");
    producers.push(
      await transport.produce({
        track: noiseTrack(),
        encodings: [{ maxBitrate: LOAD.maxBitrateBps, maxFramerate: LOAD.framesPerSecond }],
      }),
    );
  }
  const receivers: RTCRtpReceiver[] = [];
  for (let index = 0; index < LOAD.subscribers; index++) {
    const transport = await open("receive");
    for (const producer of producers) {
      const options = await call<types.ConsumerOptions>("consume", {
        id: transport.id,
        producerId: producer.id,
        rtpCapabilities: device.recvRtpCapabilities,
      });
      const consumer = await transport.consume(options);
      dropDeltas(consumer.rtpReceiver!);
      receivers.push(consumer.rtpReceiver!);
      await call("resume", { id: consumer.id });
    }
  }
  return {
    async setActive(isActive) {
      await Promise.all(producers.map((producer) => setSenderActive(producer.rtpSender!, isActive)));
    },
    received: () => sumReceived(receivers),
  };
}
