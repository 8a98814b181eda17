import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { getRequestListener } from "@hono/node-server";

import { SfuError } from "./errors.ts";
import type { Sfu } from "./ports.ts";

/** A request with all its headers has to be here by then; bodies are bounded by size. */
const HEADERS_LIMIT_MS = 10_000;
const REQUEST_LIMIT_MS = 30_000;

/** Puts an SFU on ports of this machine, on all addresses if none is given. */
export class WebServer {
  readonly #sfu: Sfu;
  readonly #servers: Server[] = [];

  constructor(sfu: Sfu) {
    this.#sfu = sfu;
  }

  /**
   * @returns the port of the first address, which is `port` unless that is 0
   * @throws {SfuError} `address_unavailable`
   */
  async listen(hosts: readonly string[], port: number): Promise<number> {
    const ports: number[] = [];
    for (const host of hosts.length > 0 ? hosts : [undefined]) {
      const listener = getRequestListener((request) => this.#sfu.fetch(request));
      const limits = { headersTimeout: HEADERS_LIMIT_MS, requestTimeout: REQUEST_LIMIT_MS };
      const server = createServer(limits, (request, response) => void listener(request, response));
      server.on("upgrade", (request, socket, head) =>
        this.#sfu.handleUpgrade(request, socket, head, request.url ?? "/"),
      );
      ports.push(await this.#open(server, ports[0] ?? port, host));
    }
    return ports[0] ?? port;
  }

  /** Serves the metrics page and nothing else, on loopback. */
  async listenForMetrics(port: number): Promise<number> {
    const listener = getRequestListener(() => this.#sfu.metrics());
    return this.#open(
      createServer((request, response) => void listener(request, response)),
      port,
      "127.0.0.1",
    );
  }

  /** Takes no more connections. */
  stop(): void {
    for (const server of this.#servers) server.close();
  }

  /** Cuts those that are left. */
  cut(): void {
    for (const server of this.#servers) server.closeAllConnections();
  }

  async #open(server: Server, port: number, host: string | undefined): Promise<number> {
    this.#servers.push(server);
    server.listen({ port, ...(host === undefined ? {} : { host }) });
    try {
      await once(server, "listening");
      return (server.address() as AddressInfo).port;
    } catch (cause) {
      const code = (cause as NodeJS.ErrnoException).code ?? "unknown reason";
      // A machine without IPv6 has no ::1, and nobody misses it.
      if (host === "::1" && (code === "EADDRNOTAVAIL" || code === "EAFNOSUPPORT")) return port;
      throw new SfuError("address_unavailable", `port ${port}: ${code}`, { cause });
    }
  }
}
