import { createServer } from "node:http";

import { systemClock } from "@conclave/kit";
import { getRequestListener } from "@hono/node-server";

import { createHomeserver } from "./createHomeserver.ts";
import { readEnvironment, SettingsError, USAGE, type ProgramSettings } from "./environment.ts";
import type { Homeserver, HomeserverDeps } from "./Homeserver.ts";
import { pinoLogger } from "./pinoLogger.ts";

/** Answers that are being written get this long after a signal. */
const SHUTDOWN_GRACE_MS = 1_500;

function start(settings: ProgramSettings): void {
  const logger = pinoLogger(settings.logLevel);
  const homeserver = open({ clock: systemClock, randomBytes, logger }, settings);
  const answer = getRequestListener((request, env) =>
    homeserver.fetch(request, env.incoming.socket?.remoteAddress ?? ""),
  );
  const server = createServer((incoming, outgoing) => void answer(incoming, outgoing));
  server.on("error", (fault: NodeJS.ErrnoException) => {
    fail(
      fault.code === "EADDRINUSE"
        ? `Port ${settings.port} is in use: end the program that holds it, or set HOMESERVER_PORT to another.`
        : `Cannot listen on ${settings.host}:${settings.port} (${fault.code ?? fault.message}): set HOMESERVER_HOST and HOMESERVER_PORT.`,
    );
  });
  server.listen(settings.port, settings.host, () => {
    logger.info("Listening", { address: server.address(), serverName: settings.homeserver.serverName });
  });
  const stop = (): void => {
    void homeserver.close();
    server.close(() => process.exit(0));
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), SHUTDOWN_GRACE_MS).unref();
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
}

function open(deps: HomeserverDeps, { homeserver }: ProgramSettings): Homeserver {
  try {
    return createHomeserver(deps, homeserver);
  } catch (fault) {
    return fail(
      `Cannot open ${homeserver.databasePath} (${fault instanceof Error ? fault.message : String(fault)}): ` +
        "end the program that uses it, or set HOMESERVER_DATABASE to a file that can be written.",
    );
  }
}

function randomBytes(lengthBytes: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(lengthBytes));
}

function fail(sentence: string): never {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

if (process.argv.includes("--help") || process.argv.includes("-h")) {
  process.stdout.write(USAGE);
} else {
  try {
    start(readEnvironment(process.env));
  } catch (fault) {
    if (!(fault instanceof SettingsError)) throw fault;
    fail(fault.message);
  }
}
