import { fileURLToPath } from "node:url";

import { defineConfig } from "vite";

/** The Element-like page, built once for the stories and served from an origin of its own. */
export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  logLevel: "warn",
  define: { global: "globalThis" },
  worker: { format: "es" },
  build: {
    outDir: fileURLToPath(new URL("../artifacts/element-like", import.meta.url)),
    emptyOutDir: true,
    target: "es2023",
    chunkSizeWarningLimit: 10_000,
  },
});
