import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { defineConfig } from "vite";

/** livekit-client publishes its sources; what its worker is made of is not exported otherwise. */
const liveKit = join(dirname(createRequire(import.meta.url).resolve("livekit-client")), "..", "src", "e2ee", "worker");
const alias = {
  "livekit-client/frame-cryptor": join(liveKit, "FrameCryptor.ts"),
  "livekit-client/participant-key-handler": join(liveKit, "ParticipantKeyHandler.ts"),
};

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  logLevel: "warn",
  resolve: { alias, conditions: ["source", "module", "browser", "production"] },
  worker: { format: "es" },
  build: {
    outDir: fileURLToPath(new URL("../../artifacts/frame-cipher", import.meta.url)),
    emptyOutDir: true,
    target: "es2023",
    chunkSizeWarningLimit: 10_000,
  },
});
