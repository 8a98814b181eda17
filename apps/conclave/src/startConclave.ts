import { randomBytes } from "node:crypto";
import { accessSync, constants } from "node:fs";
import { fileURLToPath } from "node:url";

import { createHomeserver, type Homeserver } from "@conclave/homeserver";
import { Scope, silentLogger, systemClock, type Logger } from "@conclave/kit";
import { createSfu, SfuError, type Sfu } from "@conclave/sfu";

import { openDataDirectory, type DataDirectory } from "./dataDirectory.ts";
import { StartError } from "./errors.ts";
import { chooseMediaAddresses } from "./mediaAddresses.ts";
import type { ConclaveOptions } from "./options.ts";
import { originOf, type Origin } from "./origin.ts";
import { isUnder, JWT_PREFIX, route, SFU_PREFIX, type Parts } from "./routes.ts";
import { createSite } from "./site/createSite.ts";
import { startJwtService } from "./startJwtService.ts";
import { listen, type WebServer } from "./webServer.ts";

const CHECKOUT_SITE = fileURLToPath(new URL("../../web/dist/site", import.meta.url));
const DEFAULT_SERVER_NAME = "localhost";
/** What the SFU tells goes to the authorisation service in process; the host is nobody's. */
const WEBHOOK_URL = "http://in-process/sfu_webhook";

/** @see SQLite, "Result and error codes" */
const SQLITE_BUSY = 5;

/** A running installation. */
export interface Conclave {
  /** Where a browser on this machine opens it; no trailing slash. */
  readonly url: string;
  readonly mediaPort: number;
  readonly sfu: Sfu;
  readonly homeserver: Homeserver;
  /** Ends everything: sockets, media, database. Idempotent. */
  close(): Promise<void>;
}

/** The parts with all that their owner may do. */
interface RunningParts extends Parts {
  readonly homeserver: Homeserver;
  readonly sfu: Sfu;
}

/** What each part is made with. */
interface Context {
  readonly options: ConclaveOptions;
  readonly data: DataDirectory;
  readonly origin: Origin;
  readonly scope: Scope;
  readonly logger: Logger;
}

/**
 * Starts homeserver, authorisation service, SFU and web app on one origin.
 *
 * @throws {StartError} with one sentence for the operator
 */
export async function startConclave(options: ConclaveOptions): Promise<Conclave> {
  const logger = options.logger ?? silentLogger;
  const scope = new Scope((fault) => logger.error("clean-up failed", { cause: messageOf(fault) }));
  try {
    requireWorker(options.workerBin);
    const data = openDataDirectory({ randomBytes }, options.dataDir, options.serverName ?? DEFAULT_SERVER_NAME);
    const web = await listen({ logger, scope }, { ...options, isBehindProxy: options.isBehindProxy ?? false });
    const url = options.publicUrl ?? `http://${linkHost(options.host)}:${web.port}`;
    const context: Context = { options, data, origin: originOf(url), scope, logger };
    const parts = await startParts(context);
    serve(web, parts, context);
    return {
      url: context.origin.http,
      mediaPort: parts.sfu.mediaPort,
      sfu: parts.sfu,
      homeserver: parts.homeserver,
      close: () => scope.end(),
    };
  } catch (fault) {
    await scope.end();
    if (fault instanceof StartError) throw fault;
    throw new StartError("part_failed", `Conclave could not start: ${messageOf(fault)}`, { cause: fault });
  }
}

async function startParts(context: Context): Promise<RunningParts> {
  const homeserver = startHomeserver(context);
  const webhooks = { send: (_request: Request) => Promise.resolve(new Response(null, { status: 503 })) };
  const sfu = await startSfu(context, (request) => webhooks.send(request));
  const jwtService = await startJwtService({
    ...context,
    logger: context.logger.child({ part: "jwt-service" }),
    homeserver,
    sfu,
  });
  context.scope.onEnd(() => jwtService.close());
  webhooks.send = (request) => jwtService.fetch(request, "");
  return { homeserver, sfu, jwtService, site: createSite(context.options.siteDir ?? CHECKOUT_SITE) };
}

function startHomeserver({ options, data, origin, scope, logger }: Context): Homeserver {
  try {
    const homeserver = createHomeserver(
      { clock: systemClock, randomBytes, logger: logger.child({ part: "homeserver" }) },
      {
        serverName: data.serverName,
        publicUrl: origin.http,
        databasePath: data.databasePath,
        livekitServiceUrls: [`${origin.http}${JWT_PREFIX}`],
      },
    );
    scope.onEnd(() => homeserver.close());
    return homeserver;
  } catch (cause) {
    if ((cause as { readonly errcode?: unknown }).errcode !== SQLITE_BUSY) throw cause;
    throw new StartError(
      "data_unusable",
      `The data folder ${options.dataDir} is in use by another Conclave: end it, or choose another with --data.`,
      { cause },
    );
  }
}

async function startSfu(
  { options, data, scope, logger }: Context,
  sendWebhook: (request: Request) => Promise<Response>,
): Promise<Sfu> {
  const sfu = await createSfu(
    {
      clock: systemClock,
      randomBytes,
      logger: logger.child({ part: "sfu" }),
      sendWebhook,
      ...(options.sfuTap ? { tap: options.sfuTap } : {}),
    },
    {
      apiKeys: { [data.livekitKey]: data.livekitSecret },
      mediaPort: options.mediaPort,
      ...chooseMediaAddresses(options),
      workerBin: options.workerBin,
      autoCreateRooms: true,
      webhook: { apiKey: data.livekitKey, urls: [WEBHOOK_URL] },
    },
  ).catch((cause: unknown) => {
    throw mediaError(cause, options.mediaPort);
  });
  scope.onEnd(() => sfu.close());
  return sfu;
}

function serve(web: WebServer, parts: RunningParts, { options, data, origin }: Context): void {
  const config = { own: origin, isFixed: options.publicUrl !== undefined, serverName: data.serverName };
  web.serve({
    fetch: (request, remoteAddress) => route(parts, config, request, remoteAddress),
    upgrade(request, socket, head) {
      const path = request.url ?? "/";
      if (isUnder(path.split("?")[0] ?? "", SFU_PREFIX)) {
        parts.sfu.handleUpgrade(request, socket, head, path.slice(SFU_PREFIX.length) || "/");
      } else socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n");
    },
  });
}

function mediaError(cause: unknown, port: number): unknown {
  if (!(cause instanceof SfuError)) return cause;
  return new StartError(
    "media_refused",
    `Media cannot be received on port ${port} (${cause.message}): end the program that holds it, or choose another with --media-port.`,
    { cause },
  );
}

function requireWorker(path: string): void {
  try {
    accessSync(path, constants.X_OK);
  } catch (cause) {
    throw new StartError(
      "worker_missing",
      `The media worker ${path || "(no path given)"} is missing or not executable: run npm start once, or set MEDIASOUP_WORKER_BIN.`,
      { cause },
    );
  }
}

/** A name under which a browser on this machine reaches the address; only `localhost` may use camera and microphone without TLS. */
function linkHost(host: string): string {
  if (["0.0.0.0", "::", "127.0.0.1", "::1"].includes(host)) return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}

function messageOf(fault: unknown): string {
  return fault instanceof Error ? fault.message : String(fault);
}
