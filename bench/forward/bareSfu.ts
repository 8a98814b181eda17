import { createServer, type IncomingMessage } from "node:http";

import { createWorker, type types } from "mediasoup";

/**
 * mediasoup with nothing around it: the peer of the `forward` benchmark, a process of its own. Prints its port.
 * Each request is a `POST /METHOD` with a JSON body.
 */
const worker = await createWorker({ workerBin: process.env["MEDIASOUP_WORKER_BIN"]!, logLevel: "error" });
const server = await worker.createWebRtcServer({
  listenInfos: [{ protocol: "udp", ip: "127.0.0.1", port: Number(process.env["MEDIA_PORT"]) }],
});
const router = await worker.createRouter({
  mediaCodecs: [{ kind: "video", mimeType: "video/VP8", clockRate: 90_000 }],
});
const transports = new Map<string, types.WebRtcTransport>();
const consumers = new Map<string, types.Consumer>();

interface Body {
  readonly id: string;
  readonly producerId: string;
  readonly dtlsParameters: types.DtlsParameters;
  readonly rtpParameters: types.RtpParameters;
  readonly rtpCapabilities: types.RtpCapabilities;
}

const METHODS: Readonly<Record<string, (body: Body) => Promise<object>>> = {
  capabilities: () => Promise.resolve(router.rtpCapabilities),
  async transport() {
    const transport = await router.createWebRtcTransport({ webRtcServer: server });
    transports.set(transport.id, transport);
    const { id, iceParameters, iceCandidates, dtlsParameters } = transport;
    return { id, iceParameters, iceCandidates, dtlsParameters };
  },
  async connect({ id, dtlsParameters }) {
    await transports.get(id)!.connect({ dtlsParameters });
    return {};
  },
  async produce({ id, rtpParameters }) {
    const producer = await transports.get(id)!.produce({ kind: "video", rtpParameters });
    return { id: producer.id };
  },
  async consume({ id, producerId, rtpCapabilities }) {
    const consumer = await transports.get(id)!.consume({ producerId, rtpCapabilities, paused: true });
    consumers.set(consumer.id, consumer);
    return { id: consumer.id, producerId, kind: consumer.kind, rtpParameters: consumer.rtpParameters };
  },
  async resume({ id }) {
    await consumers.get(id)!.resume();
    return {};
  },
};

async function answer(request: IncomingMessage): Promise<object> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += chunk;
  return await METHODS[request.url!.slice(1)]!(JSON.parse(text || "{}") as Body);
}

const http = createServer((request, response) => {
  response.setHeader("Access-Control-Allow-Origin", "*");
  answer(request).then(
    (body) => response.end(JSON.stringify(body)),
    (fault: unknown) => response.writeHead(500).end(String(fault)),
  );
}).listen(0, "127.0.0.1", () => console.log(`port ${(http.address() as { port: number }).port}`));
