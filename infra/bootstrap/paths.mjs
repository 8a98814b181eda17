import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** The command line of this checkout, once it is set up. */
export const CONCLAVE = join(ROOT, "bin", "conclave");

/** Everything that the set-up installs for this checkout; safe to delete. */
export const TOOLS = join(ROOT, ".tools");

/** The media worker of this checkout: a link to the cached one. */
export const WORKER_LINK = join(TOOLS, "mediasoup-worker");

/** Output of the steps, for the case that one fails. */
export const LOG_FILE = join(TOOLS, "set-up.log");

/** What checkouts of the same person share. */
export const CACHE = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "conclave");
