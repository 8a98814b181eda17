import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";

import type { SfuGrant } from "@conclave/call";
import { silentLogger, systemClock } from "@conclave/kit";
import { createSfu } from "@conclave/sfu";
import { AccessToken } from "livekit-server-sdk";

/** Our SFU on a free port of this machine. */
export interface StartedSfu {
  grantFor(room: string, identity: string): Promise<SfuGrant>;
  /** Cuts all signalling connections; the SFU lives. */
  dropSockets(): void;
  close(): Promise<void>;
}

const API_KEY = "devkey";
const API_SECRET = "secret-of-at-least-32-characters";
const TOKEN_SECONDS = 600;

export async function startSfu(): Promise<StartedSfu> {
  const sfu = await createSfu(
    { clock: systemClock, randomBytes: (lengthBytes) => randomBytes(lengthBytes), logger: silentLogger },
    {
      apiKeys: { [API_KEY]: API_SECRET },
      mediaPort: 0,
      mediaHost: "127.0.0.1",
      announce: [],
      workerBin: process.env["MEDIASOUP_WORKER_BIN"] ?? "",
      autoCreateRooms: true,
    },
  );
  const server = createServer((_request, response) => void response.writeHead(404).end());
  const open = new Set<Duplex>();
  server.on("upgrade", (request, socket, head) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    sfu.handleUpgrade(request, socket, head, request.url ?? "/");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    async grantFor(room, identity) {
      const token = new AccessToken(API_KEY, API_SECRET, { identity, ttl: TOKEN_SECONDS });
      token.addGrant({ roomJoin: true, room, canUpdateOwnMetadata: true });
      const expiresAtMs = systemClock.nowMs() + TOKEN_SECONDS * 1_000;
      return { url: `ws://127.0.0.1:${port}`, jwt: await token.toJwt(), identity, room, expiresAtMs };
    },
    dropSockets() {
      for (const socket of open) socket.destroy();
    },
    async close() {
      await sfu.close();
      server.closeAllConnections();
      server.close();
    },
  };
}
