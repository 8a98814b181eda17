import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";

import { getRequestListener } from "@hono/node-server";
import { AccessToken, RoomServiceClient, type VideoGrant } from "livekit-server-sdk";

import type { Sfu } from "../ports.ts";

export const API_KEYS: Readonly<Record<string, string>> = { devkey: "secret-of-at-least-32-characters" };

/** An SFU on a free port of the loopback interface. */
export interface ServedSfu {
  /** `ws://127.0.0.1:port`, as clients want it. */
  readonly url: string;
  readonly httpUrl: string;
  close(): Promise<void>;
}

/** Puts an SFU behind a real HTTP server; `extra` answers first, for test pages. */
export async function serveSfu(
  sfu: Sfu,
  extra: (request: IncomingMessage, response: ServerResponse) => boolean = () => false,
): Promise<ServedSfu> {
  const listener = getRequestListener((request) => sfu.fetch(request));
  const server = createServer((request, response) => {
    if (!extra(request, response)) void listener(request, response);
  });
  server.on("upgrade", (request, socket, head) => sfu.handleUpgrade(request, socket, head, request.url ?? "/"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `ws://127.0.0.1:${port}`,
    httpUrl: `http://127.0.0.1:${port}`,
    close: async () => {
      await sfu.close();
      server.closeAllConnections();
      server.close();
    },
  };
}

export interface TokenOptions {
  readonly identity?: string;
  readonly room?: string;
  readonly grant?: VideoGrant;
  readonly key?: string;
  readonly secret?: string;
  readonly ttlSeconds?: number;
  readonly name?: string;
  readonly metadata?: string;
  readonly attributes?: Record<string, string>;
}

/** Mints a token with the official server SDK. */
export async function mintToken(options: TokenOptions = {}): Promise<string> {
  const { identity = "alice", room = "lobby", grant = {}, key = "devkey", ttlSeconds = 600 } = options;
  const secret = options.secret ?? API_KEYS[key] ?? "";
  const { name, metadata, attributes } = options;
  const token = new AccessToken(key, secret, {
    identity,
    ttl: ttlSeconds,
    ...(name === undefined ? {} : { name }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(attributes === undefined ? {} : { attributes }),
  });
  token.addGrant({ roomJoin: true, room, canUpdateOwnMetadata: true, ...grant });
  return token.toJwt();
}

/** The official client of the server API, patient enough for a machine that is busy. */
export function apiClient(httpUrl: string, secret: string = API_KEYS["devkey"] ?? ""): RoomServiceClient {
  return new RoomServiceClient(httpUrl, "devkey", secret, { requestTimeout: 60 });
}
