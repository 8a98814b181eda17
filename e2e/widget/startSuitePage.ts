import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "vite";

const OUTPUT = fileURLToPath(new URL("../artifacts/widget", import.meta.url));
const TYPES: Readonly<Record<string, string>> = { ".html": "text/html", ".js": "text/javascript" };

export interface SuitePage {
  readonly url: string;
  close(): Promise<void>;
}

/** Builds the page in which the acceptance suite runs, and serves it from an origin of its own. */
export async function startSuitePage(): Promise<SuitePage> {
  const root = fileURLToPath(new URL("page", import.meta.url));
  await build({
    configFile: false,
    root,
    logLevel: "warn",
    resolve: { conditions: ["source", "module", "browser"] },
    build: {
      outDir: OUTPUT,
      emptyOutDir: true,
      target: "es2023",
      minify: false,
      rollupOptions: { input: [join(root, "index.html"), join(root, "widget.html")] },
    },
  });
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const file = join(OUTPUT, pathname === "/" ? "index.html" : pathname);
    readFile(file).then(
      (content) => response.setHeader("Content-Type", TYPES[extname(file)] ?? "text/plain").end(content),
      () => response.writeHead(404).end(),
    );
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}/`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
