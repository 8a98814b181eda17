import { createServer, type IncomingMessage, type Server } from "node:http";
import { isIPv6, type AddressInfo } from "node:net";
import type { Duplex } from "node:stream";

import type { Logger, Scope } from "@conclave/kit";
import { getRequestListener } from "@hono/node-server";

import { StartError } from "./errors.ts";

/** Longest time that a client may take to send a request. */
const REQUEST_TIMEOUT_MS = 30_000;
const HEADERS_TIMEOUT_MS = 15_000;
const MAX_HEADER_BYTES = 32 * 1024;
/** Longer than proxies keep an idle connection: whoever closes first must not be the one who is about to be asked. */
const KEEP_ALIVE_MS = 75_000;

/** What answers requests, once everything has started. */
export interface RequestHandler {
  fetch(request: Request, remoteAddress: string): Promise<Response>;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

export interface WebServer {
  readonly port: number;
  /** Before this is called, and once the scope ends, requests are answered with 503. */
  serve(handler: RequestHandler): void;
}

interface WebServerDeps {
  readonly logger: Logger;
  readonly scope: Scope;
}

interface WebServerConfig {
  readonly host: string;
  readonly port: number;
  readonly isBehindProxy: boolean;
}

/**
 * Takes the web port.
 *
 * @throws {StartError} `port_in_use`, `port_refused`
 */
export async function listen(deps: WebServerDeps, config: WebServerConfig): Promise<WebServer> {
  let handler: RequestHandler | undefined;
  const listener = getRequestListener(
    async (request, { incoming }) => {
      if (!handler) return new Response("Starting\n", { status: 503, headers: { "retry-after": "1" } });
      return handler.fetch(request, clientAddress(incoming as IncomingMessage, config.isBehindProxy));
    },
    {
      overrideGlobalObjects: false,
      errorHandler: (fault) => {
        deps.logger.error("request failed", { cause: fault instanceof Error ? fault.message : typeof fault });
        return new Response("Internal error\n", { status: 500 });
      },
    },
  );
  const server = createServer(
    {
      requestTimeout: REQUEST_TIMEOUT_MS,
      headersTimeout: HEADERS_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
    },
    (incoming, outgoing) => void listener(incoming, outgoing),
  );
  server.on("upgrade", (request, socket, head) => {
    // A client that goes away in the middle is no fault of ours.
    socket.on("error", () => socket.destroy());
    if (handler) handler.upgrade(request, socket, head);
    else socket.end("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\n\r\n");
  });
  await take(server, config);
  deps.scope.onEnd(() => release(server));
  return {
    port: (server.address() as AddressInfo).port,
    serve(value) {
      handler = value;
      // The newest clean-up runs first: nothing is asked of parts that are closing.
      deps.scope.onEnd(() => {
        handler = undefined;
      });
    },
  };
}

function take(server: Server, { host, port }: WebServerConfig): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => reject(portError(cause, host, port)));
    server.listen({ host, port, ipv6Only: isIPv6(host) && host !== "::" }, resolve);
  });
}

function portError(cause: NodeJS.ErrnoException, host: string, port: number): StartError {
  switch (cause.code) {
    case "EADDRINUSE":
      return new StartError(
        "port_in_use",
        `Port ${port} is in use: end the program that holds it, or choose another with --port.`,
        { cause },
      );
    case "EACCES":
      return new StartError(
        "port_refused",
        `Port ${port} needs more rights than this user has: choose one above 1023 with --port.`,
        { cause },
      );
    default:
      return new StartError(
        "port_refused",
        `Cannot listen on ${host} (${cause.code ?? "unknown reason"}): give an address of this machine with --host.`,
        { cause },
      );
  }
}

async function release(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  // Long polls would otherwise keep it open for a minute.
  server.closeAllConnections();
  await closed;
}

/** The key of rate limits. Only a proxy's own, last entry can be believed. */
function clientAddress(incoming: IncomingMessage, isBehindProxy: boolean): string {
  const forwarded = isBehindProxy ? incoming.headers["x-forwarded-for"] : undefined;
  const list = Array.isArray(forwarded) ? forwarded.join(",") : forwarded;
  return list?.split(",").at(-1)?.trim() || (incoming.socket.remoteAddress ?? "");
}
