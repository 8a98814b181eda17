import { once } from "node:events";
import { createServer } from "node:http";
import { parseArgs } from "node:util";

import { getRequestListener } from "@hono/node-server";
import { CodedError, systemClock } from "@conclave/kit";
import { pino } from "pino";

import { readConfig, usageText } from "./config.ts";
import { createSfu } from "./createSfu.ts";
import { pinoLogger } from "./pinoLogger.ts";

async function run(): Promise<void> {
  const { values } = parseArgs({ options: { help: { type: "boolean", short: "h" } } });
  if (values.help) return void process.stdout.write(usageText());
  const logger = pinoLogger(pino());
  const { http, sfu: config } = readConfig(process.env);
  const sfu = await createSfu({ clock: systemClock, randomBytes, logger }, config);
  const listener = getRequestListener((request) => sfu.fetch(request));
  const server = createServer((request, response) => void listener(request, response));
  server.on("upgrade", (request, socket, head) => sfu.handleUpgrade(request, socket, head, request.url ?? "/"));
  server.listen(http.port, http.host);
  await once(server, "listening");
  logger.info("listening", { host: http.host, port: http.port, mediaPort: sfu.mediaPort });
  const stop = (): void => {
    server.close();
    void sfu.close().then(() => server.closeAllConnections());
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
}

function randomBytes(lengthBytes: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(lengthBytes));
}

try {
  await run();
} catch (fault) {
  const text = fault instanceof CodedError ? `${fault.code}: ${fault.message}` : String(fault);
  process.stderr.write(`${text}\nTry --help.\n`);
  process.exitCode = 1;
}
