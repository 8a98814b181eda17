import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Where the set-up puts the media worker of this checkout. @see infra/worker/obtainWorker.mjs */
const CHECKOUT_WORKER = fileURLToPath(new URL("../../../.tools/mediasoup-worker", import.meta.url));

/** Path of the media worker: the environment's, else the one that the set-up obtained. It may not exist. */
export function findWorker(environment: Readonly<Record<string, string | undefined>>): string {
  const chosen = environment["MEDIASOUP_WORKER_BIN"];
  if (chosen) return chosen;
  return existsSync(CHECKOUT_WORKER) ? CHECKOUT_WORKER : "";
}
