import { statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { indexFiles, type Encoding, type SiteFile } from "./fileIndex.ts";
import { SITE_HEADERS } from "./headers.ts";

/** Requests for a room link are answered with this page; the app reads the path itself. */
const INDEX = "/index.html";
const IMMUTABLE = "public, max-age=31536000, immutable";
/** Asked again on each load, answered with 304 while nothing changed. */
const REVALIDATE = "no-cache";
/** Copies of small files kept in memory; a site is a few megabytes. */
const MAX_CACHED_FILE_BYTES = 2_000_000;

const NOT_BUILT = `<!doctype html><title>Conclave</title>
<p>The web app is not built. Run <code>npm run build</code> in the checkout, then reload this page.</p>`;

interface Build {
  readonly atMs: number;
  readonly files: ReadonlyMap<string, SiteFile>;
  readonly contents: Map<string, Buffer<ArrayBuffer>>;
}

/** Serves a built web app from a folder; a new build in the folder is picked up on the next page load. */
export function createSite(folder: string): { fetch(request: Request): Promise<Response> } {
  let build: Build | undefined;

  function current(): Build | undefined {
    const atMs = statSync(join(folder, INDEX), { throwIfNoEntry: false })?.mtimeMs;
    if (atMs === undefined) return undefined;
    if (build?.atMs !== atMs) build = { atMs, files: indexFiles(folder), contents: new Map() };
    return build;
  }

  return {
    async fetch(request) {
      if (request.method !== "GET" && request.method !== "HEAD") {
        return new Response("Method not allowed\n", { status: 405, headers: { allow: "GET, HEAD" } });
      }
      const site = current();
      if (!site) return notBuilt();
      const file = findFile(site, new URL(request.url).pathname);
      if (!file) return new Response("Not found\n", { status: 404, headers: { ...SITE_HEADERS } });
      return answer(site, file, request);
    },
  };
}

function notBuilt(): Response {
  return new Response(NOT_BUILT, {
    status: 503,
    headers: { ...SITE_HEADERS, "content-type": "text/html; charset=utf-8", "cache-control": "no-store" },
  });
}

/** A path with an extension means that very file; every other path is a page of the app. */
function findFile({ files }: Build, pathname: string): SiteFile | undefined {
  const lastPart = pathname.slice(pathname.lastIndexOf("/") + 1);
  return files.get(pathname) ?? (lastPart.includes(".") ? undefined : files.get(INDEX));
}

async function answer(site: Build, file: SiteFile, request: Request): Promise<Response> {
  const encoding = negotiate(file, request.headers.get("accept-encoding") ?? "");
  const etag = encoding ? file.etag.replace(/"$/, `-${encoding.name}"`) : file.etag;
  const headers = new Headers({
    ...SITE_HEADERS,
    "content-type": file.mediaType,
    "cache-control": file.isImmutable ? IMMUTABLE : REVALIDATE,
    etag,
    vary: "accept-encoding",
  });
  if (request.headers.get("if-none-match") === etag) return new Response(null, { status: 304, headers });
  if (encoding) headers.set("content-encoding", encoding.name);
  const content = await readContent(site, `${file.path}${encoding?.suffix ?? ""}`);
  headers.set("content-length", String(content.byteLength));
  return new Response(request.method === "HEAD" ? null : content, { headers });
}

/** The best form that the client accepts; weights are honoured only as far as `q=0`. */
function negotiate(file: SiteFile, accepted: string): Encoding | undefined {
  const names = accepted
    .split(",")
    .filter((part) => !/;\s*q=0(?:\.0*)?\s*$/.test(part))
    .map((part) => part.split(";")[0]?.trim());
  return file.encodings.find(({ name }) => names.includes(name));
}

async function readContent({ contents }: Build, path: string): Promise<Buffer<ArrayBuffer>> {
  const cached = contents.get(path);
  if (cached) return cached;
  const content = await readFile(path);
  if (content.byteLength <= MAX_CACHED_FILE_BYTES) contents.set(path, content);
  return content;
}
