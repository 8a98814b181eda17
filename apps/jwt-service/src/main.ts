import { lookup } from "node:dns/promises";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

import { systemClock } from "@conclave/kit";
import { getRequestListener } from "@hono/node-server";

import { openIdOverFederation } from "./adapters/openIdOverFederation.ts";
import { roomsOverTwirp } from "./adapters/roomsOverTwirp.ts";
import { ConfigError, parseConfig, type ProgramConfig } from "./config.ts";
import { createJwtService } from "./createJwtService.ts";
import { pinoLogger } from "./pinoLogger.ts";
import { USAGE } from "./usage.ts";

/** Answers that are being written get this long after a signal to end. */
const SHUTDOWN_GRACE_MS = 1500;
/** Longer than proxies keep an idle connection: whoever closes first must not be the one who is about to be asked. */
const KEEP_ALIVE_MS = 75_000;

function start(config: ProgramConfig): void {
  const logger = pinoLogger(config.logLevel);
  for (const name of config.ignored) logger.warn("setting has no effect", { name });
  if (config.isTlsUnchecked) {
    process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
    logger.warn("TLS certificates are not checked");
  }
  const service = createJwtService(
    {
      clock: systemClock,
      logger,
      openIdUser: openIdOverFederation(fetch, {
        trustedServers: config.fullAccessHomeservers,
        lookup: async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
      }),
      createRoom: roomsOverTwirp(config),
    },
    config,
  );
  const answer = getRequestListener((request, env) => service.fetch(request, env.incoming.socket?.remoteAddress ?? ""));
  const server = createServer(
    { keepAliveTimeout: KEEP_ALIVE_MS },
    (incoming, outgoing) => void answer(incoming, outgoing),
  );
  server.on("error", (fault: NodeJS.ErrnoException) => {
    fail(
      fault.code === "EADDRINUSE"
        ? `Port ${config.port} is in use: end the program that holds it, or set LIVEKIT_JWT_BIND to another.`
        : `Cannot listen on ${config.host}:${config.port} (${fault.code ?? fault.message}): set LIVEKIT_JWT_BIND.`,
    );
  });
  server.listen(config.port, config.host, () => {
    logger.info("listening", { address: server.address() });
  });
  const stop = (): void => {
    void service.close();
    server.close(() => process.exit(0));
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), SHUTDOWN_GRACE_MS).unref();
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
}

function fail(sentence: string): never {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

if (process.argv.includes("--help") || process.argv.includes("-h")) {
  process.stdout.write(USAGE);
} else {
  try {
    start(parseConfig(process.env, (path) => readFileSync(path, "utf8")));
  } catch (fault) {
    if (!(fault instanceof ConfigError)) throw fault;
    fail(fault.message);
  }
}
