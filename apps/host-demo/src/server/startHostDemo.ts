import { createRequire } from "node:module";
import { dirname, join } from "node:path";

import { buildPage } from "./buildPage.ts";
import { serveFolder } from "./serveFolder.ts";

export interface HostDemoOptions {
  /** @default any free one */
  readonly port?: number;
}

/** The chat page and Element Call, on loopback. */
export interface HostDemo {
  /** Of the chat page, without trailing slash. */
  readonly url: string;
  close(): Promise<void>;
}

const PACKAGE = "@element-hq/element-call-embedded/package.json";

/**
 * Builds the chat page and serves it, and Element Call's npm build on a port of its own: host and widget are different
 * origins, as in the wild, but of one site, because Element Call does not start without its local storage.
 */
export async function startHostDemo({ port = 0 }: HostDemoOptions = {}): Promise<HostDemo> {
  const pageFolder = await buildPage();
  const elementCall = await serveFolder(join(dirname(createRequire(import.meta.url).resolve(PACKAGE)), "dist"), 0);
  const place = JSON.stringify({ elementCall: `${elementCall.url}/index.html` });
  const page = await serveFolder(pageFolder, port, { "/host.json": place });
  return {
    url: page.url,
    async close() {
      await Promise.all([page.close(), elementCall.close()]);
    },
  };
}
