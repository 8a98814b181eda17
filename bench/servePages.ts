import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";

const TYPES: Readonly<Record<string, string>> = { ".html": "text/html", ".js": "text/javascript" };

export interface ServedPages {
  readonly url: string;
  close(): void;
}

/** Serves what Vite built into a folder, on a free port of this machine. */
export async function servePages(folder: string): Promise<ServedPages> {
  const server = createServer((request, response) => {
    const file = join(folder, request.url === "/" ? "index.html" : request.url!);
    readFile(file).then(
      (content) => response.setHeader("Content-Type", TYPES[extname(file)] ?? "text/plain").end(content),
      () => response.writeHead(404).end(),
    );
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://localhost:${(server.address() as AddressInfo).port}/`, close: () => server.close() };
}
