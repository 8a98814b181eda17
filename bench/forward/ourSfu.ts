import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

import { silentLogger, systemClock } from "@conclave/kit";
import { createSfu } from "@conclave/sfu";

/** Our SFU as a process of its own. Prints its port. */
const sfu = await createSfu(
  { clock: systemClock, randomBytes, logger: silentLogger },
  {
    apiKeys: { [process.env["LIVEKIT_KEY"]!]: process.env["LIVEKIT_SECRET"]! },
    mediaPort: Number(process.env["MEDIA_PORT"]),
    mediaHost: "127.0.0.1",
    announce: [],
    workerBin: process.env["MEDIASOUP_WORKER_BIN"]!,
    autoCreateRooms: true,
  },
);
const http = createServer((request, response) => void answer(request, response))
  .on("upgrade", (request, socket, head) => sfu.handleUpgrade(request, socket, head, request.url ?? "/"))
  .listen(0, "127.0.0.1", () => console.log(`port ${(http.address() as { port: number }).port}`));

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const found = await sfu.fetch(new Request(`http://localhost${request.url}`));
  response.writeHead(found.status, Object.fromEntries(found.headers)).end(await found.text());
}
