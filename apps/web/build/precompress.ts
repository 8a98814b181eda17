import { readdir, readFile, writeFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

import type { Plugin } from "vite";

const COMPRESSIBLE: ReadonlySet<string> = new Set([".css", ".html", ".js", ".json", ".svg", ".wasm"]);
const MIN_SIZE_BYTES = 512;
/** The crypto WASM takes long at the best quality and gains 2 %. */
const BIG_FILE_BYTES = 1_000_000;

/** Writes `.br` and `.gz` beside every file of the build that gains from it. */
export function precompress(): Plugin {
  let folder = "";
  return {
    name: "conclave-precompress",
    apply: "build",
    configResolved(config) {
      folder = join(config.root, config.build.outDir);
    },
    async closeBundle() {
      const names = await readdir(folder, { recursive: true });
      await Promise.all(
        names.filter((name) => COMPRESSIBLE.has(extname(name))).map((name) => compressFile(join(folder, name))),
      );
    },
  };
}

async function compressFile(path: string): Promise<void> {
  const content = await readFile(path);
  if (content.byteLength < MIN_SIZE_BYTES) return;
  const quality = content.byteLength > BIG_FILE_BYTES ? 9 : constants.BROTLI_MAX_QUALITY;
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: quality,
    [constants.BROTLI_PARAM_SIZE_HINT]: content.byteLength,
  };
  await Promise.all([
    promisify(brotliCompress)(content, { params }).then((packed) => writeFile(`${path}.br`, packed)),
    promisify(gzip)(content, { level: 9 }).then((packed) => writeFile(`${path}.gz`, packed)),
  ]);
}
