import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

import { ROOT } from "../bootstrap/paths.mjs";

const SITE = join(ROOT, "apps", "web", "dist", "site");
const MEDIA_TYPES = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
  ".woff2": "font/woff2",
};

/**
 * Serves our web app with a configuration that names another homeserver.
 *
 * @returns `{ url, close() }`, or `undefined` if the app is not built
 */
export async function startWebSite({ homeserverUrl, serverName }) {
  if (!existsSync(join(SITE, "index.html"))) return undefined;
  const config = JSON.stringify({
    brand: "Conclave",
    homeserverUrl,
    allowHomeserverParameter: false,
    default_server_config: { "m.homeserver": { base_url: homeserverUrl, server_name: serverName } },
  });
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    if (pathname === "/config.json") return send(response, ".json", config);
    const path = fileOf(pathname);
    readFile(path).then(
      (content) => send(response, extname(path), content),
      () => response.writeHead(404).end(),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://localhost:${server.address().port}`,
    async close() {
      server.closeAllConnections();
      await once(server.close(), "close");
    },
  };
}

/** A path with an extension means that very file; every other path is a page of the app. */
export function fileOf(pathname, site = SITE) {
  // Normalised from the root, so that dots cannot lead out of the folder.
  const path = normalize(`/${pathname}`);
  return extname(path) === "" ? join(site, "index.html") : join(site, path);
}

function send(response, extension, content) {
  response
    .writeHead(200, {
      "content-type": MEDIA_TYPES[extension] ?? "application/octet-stream",
      "cache-control": "no-cache",
    })
    .end(content);
}
