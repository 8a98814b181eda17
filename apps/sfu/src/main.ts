import { existsSync, readFileSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";

import { CodedError, systemClock } from "@conclave/kit";

import { readConfig } from "./config/readConfig.ts";
import { usageText } from "./config/usageText.ts";
import { SfuError } from "./errors.ts";

/** Where the set-up puts the media worker of this checkout. @see infra/worker/obtainWorker.mjs */
const CHECKOUT_WORKER = fileURLToPath(new URL("../../../.tools/mediasoup-worker", import.meta.url));

async function run(): Promise<void> {
  const settings = readConfig({
    args: process.argv.slice(2),
    environment: process.env,
    machine: {
      cores: availableParallelism(),
      defaultWorkerBin: existsSync(CHECKOUT_WORKER) ? CHECKOUT_WORKER : "",
      readFile,
    },
  });
  if (!settings) return void process.stdout.write(usageText());
  // Help and wrong options are answered before the servers are even loaded.
  const [{ createSfu }, { WebServer }, { pinoLogger }] = await Promise.all([
    import("./createSfu.ts"),
    import("./WebServer.ts"),
    import("./pinoLogger.ts"),
  ]);
  const logger = pinoLogger(settings.logLevel);
  const sfu = await createSfu({ clock: systemClock, randomBytes, logger }, settings.sfu);
  const web = new WebServer(sfu);
  try {
    const port = await web.listen(settings.http.hosts, settings.http.port);
    const { metricsPort } = settings;
    const metrics = metricsPort === undefined ? {} : { metricsPort: await web.listenForMetrics(metricsPort) };
    const { workers } = settings.sfu;
    logger.info("listening", { hosts: settings.http.hosts, port, ...metrics, mediaPort: sfu.mediaPort, workers });
  } catch (fault) {
    web.stop();
    await sfu.close();
    throw fault;
  }
  let isStopping = false;
  const stop = (): void => {
    // Whoever asks twice does not want to wait.
    if (isStopping) process.exit(1);
    isStopping = true;
    logger.info("stopping");
    web.stop();
    void sfu.close().then(() => {
      web.cut();
      process.exit(0);
    });
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
}

function readFile(path: string): { readonly text: string; readonly mode: number } {
  try {
    return { text: readFileSync(path, "utf8"), mode: statSync(path).mode };
  } catch (cause) {
    throw new SfuError("config_invalid", `${path} cannot be read`, { cause });
  }
}

function randomBytes(lengthBytes: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(lengthBytes));
}

try {
  await run();
} catch (fault) {
  const text = fault instanceof CodedError ? `${fault.code}: ${fault.message}` : String(fault);
  process.stderr.write(`${text}\nTry --help.\n`);
  process.exit(1);
}
