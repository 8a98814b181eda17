import { once } from "node:events";
import { Agent, request, type ClientRequest, type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import type { Duplex } from "node:stream";

import { headersFor, headersOf } from "./headers.ts";

/** Which server a request goes to, by its path and query. */
export type OriginOf = (target: string) => string;

/** The server behind the proxy, or the servers. */
export class Upstream {
  readonly #agent = new Agent({ keepAlive: true });
  readonly #originOf: OriginOf;

  constructor(originOf: OriginOf) {
    this.#originOf = originOf;
  }

  /** Passes a request on as it comes, or with `body` in place of its own. Resolves with the head of the answer. */
  async ask(
    incoming: IncomingMessage,
    options: { body?: Buffer; signal?: AbortSignal } = {},
  ): Promise<IncomingMessage> {
    const { body, signal } = options;
    const outgoing = this.#open(incoming, body ? headersFor(incoming, body) : headersOf(incoming), signal);
    if (body) outgoing.end(body);
    else incoming.pipe(outgoing);
    const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
    return answer;
  }

  /** Joins a client to the upstream for a WebSocket, and leaves them alone. */
  upgrade(incoming: IncomingMessage, client: Duplex, head: Buffer): void {
    const outgoing = this.#open(incoming, { ...incoming.headers });
    client.on("error", () => outgoing.destroy());
    outgoing.on("error", () => client.destroy());
    outgoing.on("response", (answer) => {
      client.write(headOf(answer));
      answer.pipe(client);
    });
    outgoing.on("upgrade", (answer, server, rest) => {
      client.write(headOf(answer));
      client.write(rest);
      server.write(head);
      join(client, server);
      join(server, client);
    });
    outgoing.end();
  }

  close(): void {
    this.#agent.destroy();
  }

  #open(incoming: IncomingMessage, headers: OutgoingHttpHeaders, signal?: AbortSignal): ClientRequest {
    const { method = "GET", url = "/" } = incoming;
    const { hostname, port } = new URL(this.#originOf(url));
    const isUpgrade = incoming.headers.upgrade !== undefined;
    const outgoing = request({
      host: hostname,
      port,
      method,
      path: url,
      headers,
      ...(signal ? { signal } : {}),
      ...(isUpgrade ? {} : { agent: this.#agent }),
    });
    // Also after the answer has begun; then it is the answer that tells.
    outgoing.on("error", () => {});
    return outgoing;
  }
}

/** What one says the other hears; when one goes, so does the other. */
function join(one: Duplex, other: Duplex): void {
  one.pipe(other);
  one.on("error", () => one.destroy());
  one.on("close", () => other.destroy());
}

function headOf(answer: IncomingMessage): string {
  const lines = [`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}`];
  for (let at = 0; at < answer.rawHeaders.length; at += 2)
    lines.push(`${answer.rawHeaders[at]}: ${answer.rawHeaders[at + 1]}`);
  return `${lines.join("\r\n")}\r\n\r\n`;
}
