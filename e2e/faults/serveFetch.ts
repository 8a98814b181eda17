import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { readBody } from "./readBody.ts";

type Answer = (request: Request, remoteAddress: string) => Promise<Response>;

export interface ServedFetch {
  readonly origin: string;
  close(): void;
}

/** Puts what answers `Request`s on a free port of loopback. */
export async function serveFetch(answer: Answer): Promise<ServedFetch> {
  const server = createServer((incoming, outgoing) => void pass(answer, incoming, outgoing));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function pass(answer: Answer, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const { method = "GET", url = "/", socket } = incoming;
  const body = await readBody(incoming);
  const headers = Object.entries(incoming.headersDistinct).flatMap(([name, values = []]) =>
    values.map((value): [string, string] => [name, value]),
  );
  const request = new Request(`http://localhost${url}`, {
    method,
    headers,
    ...(body.length > 0 && { body: new Uint8Array(body) }),
  });
  const response = await answer(request, socket.remoteAddress ?? "");
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  outgoing.end(Buffer.from(await response.arrayBuffer()));
}
