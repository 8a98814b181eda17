import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";

import type { Bind } from "../environment.ts";
import { readMessage } from "./boundedText.ts";
import type { Answered, Asked } from "./exchange.ts";

/** Longer than proxies keep an idle connection: whoever closes first must not be the one who is about to be asked. */
const KEEP_ALIVE_MS = 75_000;
const REQUEST_TIMEOUT_MS = 15_000;
const MAX_HEADER_BYTES = 16 * 1024;

/** A port that cannot be had; the message is one sentence for the operator. */
export class ListenError extends Error {
  override readonly name = "ListenError";
}

export interface Served {
  close(): Promise<void>;
}

type Answer = (asked: Asked) => Promise<Answered>;

/** Serves answers over HTTP. @throws {ListenError} naming the setting to change */
export async function serve({ host, port }: Bind, setting: string, answer: Answer): Promise<Served> {
  const options = {
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
  };
  const server = createServer(options, toListener(answer));
  await new Promise<void>((resolve, reject) => {
    server.once("error", (fault: NodeJS.ErrnoException) => reject(listenError(fault, { host, port }, setting)));
    server.listen(port, host, resolve);
  });
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}

/** Answers as a listener of Node's own server. A fault of `answer` is a 500, never a crash. */
export function toListener(answer: Answer): RequestListener {
  return (incoming, outgoing) => {
    answer(askedOver(incoming)).then(
      (answered) => write(outgoing, answered),
      () => write(outgoing, { status: 500, headers: {}, body: "" }),
    );
  };
}

function askedOver(incoming: IncomingMessage): Asked {
  const { method = "GET", url = "/", headers } = incoming;
  const query = url.indexOf("?");
  return {
    method,
    path: query < 0 ? url : url.slice(0, query),
    remoteAddress: incoming.socket.remoteAddress ?? "",
    header(name) {
      const value = headers[name];
      return Array.isArray(value) ? value[0] : value;
    },
    body: (limitBytes) => readMessage(incoming, limitBytes),
  };
}

function write(outgoing: ServerResponse, { status, headers, body }: Answered): void {
  const sizeBytes = Buffer.byteLength(body);
  const lines = [...flat(headers), "content-length", String(sizeBytes)];
  // A body that was refused unread may be endless: the connection ends with the answer.
  if (status === 413) lines.push("connection", "close");
  outgoing.writeHead(status, lines);
  // What is as long in bytes as in characters is ASCII, which needs no encoding.
  outgoing.end(body, sizeBytes === body.length ? "latin1" : "utf8");
}

const flattened = new WeakMap<Answered["headers"], readonly string[]>();

/** Names and values in turn, which Node writes as they are; most answers share their headers. */
function flat(headers: Answered["headers"]): readonly string[] {
  const known = flattened.get(headers);
  if (known) return known;
  const lines = Object.entries(headers).flat();
  flattened.set(headers, lines);
  return lines;
}

function listenError(fault: NodeJS.ErrnoException, { host, port }: Bind, setting: string): ListenError {
  return new ListenError(
    fault.code === "EADDRINUSE"
      ? `Port ${port} is in use: end the program that holds it, or set ${setting} to another.`
      : `Cannot listen on ${host}:${port} (${fault.code ?? fault.message}): set ${setting}.`,
    { cause: fault },
  );
}
