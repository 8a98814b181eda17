import { fileURLToPath } from "node:url";

import { build } from "vite";

const OUTPUT = fileURLToPath(new URL("../../dist/page", import.meta.url));

let building: Promise<string> | undefined;

/** Builds the page, once per process. @returns its folder */
export function buildPage(): Promise<string> {
  building ??= buildOnce();
  return building;
}

async function buildOnce(): Promise<string> {
  await build({
    configFile: false,
    root: fileURLToPath(new URL("../page", import.meta.url)),
    logLevel: "warn",
    define: { global: "globalThis" },
    resolve: { conditions: ["source", "module", "browser"] },
    build: { outDir: OUTPUT, emptyOutDir: true, target: "es2023", minify: false, chunkSizeWarningLimit: 10_000 },
  });
  return OUTPUT;
}
