import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";

export interface FolderServer {
  /** Without trailing slash. */
  readonly url: string;
  close(): Promise<void>;
}

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".json": "application/json",
  ".mp3": "audio/mpeg",
  ".ogg": "audio/ogg",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
  ".woff2": "font/woff2",
};

/**
 * Serves the files of a folder on loopback.
 *
 * @param extra files that are not in the folder, by path
 */
export async function serveFolder(
  folder: string,
  port: number,
  extra: Readonly<Record<string, string>> = {},
): Promise<FolderServer> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const path = pathname === "/" ? "/index.html" : decodeURIComponent(pathname);
    void read(folder, path, extra).then((content) => {
      if (content === undefined) return response.writeHead(404).end();
      response.setHeader("Content-Type", TYPES[extname(path)] ?? "application/octet-stream");
      response.setHeader("Cache-Control", "no-cache");
      return response.end(content);
    });
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function read(
  folder: string,
  path: string,
  extra: Readonly<Record<string, string>>,
): Promise<Buffer | string | undefined> {
  const file = normalize(join(folder, path));
  if (Object.hasOwn(extra, path)) return extra[path];
  return file.startsWith(folder) ? readFile(file).catch(() => undefined) : undefined;
}
