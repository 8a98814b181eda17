import { readFileSync } from "node:fs";

import { parseCommandLine } from "./commandLine.ts";
import { StartError } from "./errors.ts";

/** A plain file, so that the set-up can show it before there is a Node that reads TypeScript. */
const USAGE_FILE = new URL("../usage.txt", import.meta.url);
/** Whatever still hangs after this long is cut off; a supervisor's patience is longer. */
const SHUTDOWN_LIMIT_MS = 1500;

async function up(): Promise<void> {
  const { options, logLevel, wantsHelp } = parseCommandLine(process.argv.slice(2));
  if (wantsHelp) {
    process.stdout.write(readFileSync(USAGE_FILE, "utf8"));
    return;
  }
  // Help and wrong options are answered before the servers are even loaded.
  const [{ startConclave }, { findWorker }, { pinoLogger }] = await Promise.all([
    import("./startConclave.ts"),
    import("./findWorker.ts"),
    import("./pinoLogger.ts"),
  ]);
  const conclave = await startConclave({
    ...options,
    workerBin: findWorker(process.env),
    logger: pinoLogger(logLevel),
  });
  const stop = (): void => {
    setTimeout(() => process.exit(0), SHUTDOWN_LIMIT_MS).unref();
    void conclave.close().then(() => process.exit(0));
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  process.stdout.write(`
  Conclave is running:  ${conclave.url}

  media port ${conclave.mediaPort} (UDP and TCP)   data ${options.dataDir}   Ctrl-C ends it
`);
}

try {
  await up();
} catch (fault) {
  if (!(fault instanceof StartError)) throw fault;
  process.stderr.write(`${fault.message}\n`);
  process.exit(1);
}
