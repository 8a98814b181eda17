import { readdirSync, statSync } from "node:fs";
import { extname, join, sep } from "node:path";

/** One file of the built web app. */
export interface SiteFile {
  readonly path: string;
  readonly mediaType: string;
  readonly etag: string;
  /** True if its name has a hash of its content, so that it never changes. */
  readonly isImmutable: boolean;
  /** Compressed forms that the build put beside it. */
  readonly encodings: readonly Encoding[];
}

export interface Encoding {
  readonly name: "br" | "gzip";
  readonly suffix: ".br" | ".gz";
}

/** Best first. */
const ENCODINGS: readonly Encoding[] = [
  { name: "br", suffix: ".br" },
  { name: "gzip", suffix: ".gz" },
];

/** A build has a few dozen files; a wrong folder could have millions. */
const MAX_FILES = 5000;

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".gif": "image/gif",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".jpg": "image/jpeg",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".map": "application/json",
  ".mp3": "audio/mpeg",
  ".ogg": "audio/ogg",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
  ".webp": "image/webp",
  ".woff2": "font/woff2",
};

/** Lists the files of a built site by URL path, so that a request never reaches the file system with a name of its own. */
export function indexFiles(folder: string): ReadonlyMap<string, SiteFile> {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => name.split(sep).join("/"))
    .filter((name) => !name.split("/").some((part) => part.startsWith(".")));
  if (names.length > MAX_FILES) throw new Error(`${folder} holds more than ${MAX_FILES} files`);
  const all = new Set(names);
  const files = new Map<string, SiteFile>();
  for (const name of names) {
    const mediaType = MEDIA_TYPES[extname(name)];
    const stat = statSync(join(folder, name));
    if (mediaType === undefined || !stat.isFile()) continue;
    files.set(`/${name}`, {
      path: join(folder, name),
      mediaType,
      etag: `"${stat.size.toString(36)}-${Math.floor(stat.mtimeMs).toString(36)}"`,
      // Vite puts everything that it hashes into this folder, and nothing else.
      isImmutable: name.startsWith("assets/"),
      encodings: ENCODINGS.filter(({ suffix }) => all.has(`${name}${suffix}`)),
    });
  }
  return files;
}
