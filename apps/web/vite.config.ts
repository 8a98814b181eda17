import { defineConfig } from "vite";

import { precompress } from "./build/precompress.ts";
import { preloadFont } from "./build/preloadFont.ts";

export default defineConfig({
  base: "/",
  resolve: { conditions: ["source", "module", "browser", "development|production"] },
  worker: { format: "es" },
  build: {
    outDir: "dist/site",
    emptyOutDir: true,
    target: "es2023",
    sourcemap: true,
    manifest: true,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 800,
  },
  plugins: [preloadFont(), precompress()],
});
