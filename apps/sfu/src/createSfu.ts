import { Scope } from "@conclave/kit";

import { TwirpServer } from "./api/TwirpServer.ts";
import { defaultLimits } from "./config/limits.ts";
import { SfuError } from "./errors.ts";
import type { MediaPlane } from "./media/MediaPlane.ts";
import { MediasoupPlane } from "./media/mediasoup/MediasoupPlane.ts";
import { mediasoupVersion } from "./media/mediasoup/version.ts";
import { health } from "./metrics/health.ts";
import { SfuMetrics } from "./metrics/SfuMetrics.ts";
import type { Sfu, SfuConfig, SfuDeps } from "./ports.ts";
import { requireMediasoup } from "./requireMediasoup.ts";
import { RoomRegistry } from "./room/RoomRegistry.ts";
import { newSid } from "./room/sid.ts";
import { httpRoutes } from "./signal/httpRoutes.ts";
import { SignalServer } from "./signal/SignalServer.ts";
import { sendOverFetch } from "./webhooks/adapters/sendOverFetch.ts";
import { toWebhookEvent } from "./webhooks/toWebhookEvent.ts";
import { WebhookSender } from "./webhooks/WebhookSender.ts";

/** All of the configuration that is not the media plane's. */
export type SignallingConfig = Omit<SfuConfig, "mediaPort" | "mediaHost" | "announce" | "workerBin">;

/** What the parts of one SFU share. */
interface Parts {
  readonly deps: SfuDeps;
  readonly config: SignallingConfig;
  readonly plane: MediaPlane;
  readonly rooms: RoomRegistry;
  readonly metrics: SfuMetrics;
  readonly scope: Scope;
}

/**
 * Starts an SFU with its media workers.
 *
 * @throws {SfuError} `media_unavailable` when mediasoup is too old, a worker does not start or a port is taken;
 *   `config_invalid`
 */
export async function createSfu(deps: SfuDeps, config: SfuConfig): Promise<Sfu> {
  const { clock, logger } = deps;
  requireMediasoup(mediasoupVersion);
  return assembleSfu(deps, config, await MediasoupPlane.start({ clock, logger }, config));
}

/** Wires an SFU onto a media plane; tests bring one without a worker. The plane is closed with the SFU. */
export function assembleSfu(deps: SfuDeps, config: SignallingConfig, plane: MediaPlane): Sfu {
  const scope = new Scope((fault) => deps.logger.error("clean-up failed", { reason: String(fault) }));
  const limits = { ...defaultLimits, ...config.limits };
  const nodeId = newSid("ND_", deps.randomBytes);
  const rooms = new RoomRegistry({ ...deps, plane, limits, ...(config.room ? { settings: config.room } : {}) });
  const metrics = new SfuMetrics({ rooms, plane, scope, nodeId });
  const refused = (): void => metrics.countRefusedJoin();
  const server = new SignalServer({ ...deps, rooms, limits, refused }, { ...config, nodeId });
  scope.onEnd(() => plane.close());
  scope.onEnd(() => server.close());
  const parts: Parts = { deps, config, plane, rooms, metrics, scope };
  sendWebhooks(parts);
  scope.onEnd(() => rooms.close());
  return {
    mediaPort: plane.mediaPort,
    fetch: routeRequests(parts, server),
    handleUpgrade: (request, socket, head, path) =>
      server.handleUpgrade(request, socket, head, upgradeUrl(path, request.url ?? "/")),
    createRoom: async (name) => void (await rooms.create(name)),
    metrics: () => metrics.page(),
    getWorkerUsage: () => plane.usage(),
    close: () => scope.end(),
  };
}

/** Has to come before whatever ends rooms, so that their ends are told too. */
function sendWebhooks({ deps, config, rooms, metrics, scope }: Parts): void {
  const { clock, logger, randomBytes, sendWebhook: send = sendOverFetch } = deps;
  const { webhook, apiKeys } = config;
  if (!webhook) return;
  const secret = Object.hasOwn(apiKeys, webhook.apiKey) ? apiKeys[webhook.apiKey] : undefined;
  if (secret === undefined) throw new SfuError("config_invalid", "The key that signs webhooks is none of the API keys");
  const sender = new WebhookSender({ clock, logger, send, secret }, webhook, (outcome) =>
    metrics.countWebhook(outcome),
  );
  scope.onEnd(() => sender.close());
  rooms.happened.on(scope, (fact) => {
    const event = toWebhookEvent(fact, newSid("EV_", randomBytes), clock.nowMs());
    if (event) sender.queue(event);
  });
}

/** Preflights of browsers are answered everywhere alike. */
function routeRequests({ deps, config, plane, rooms, metrics, scope }: Parts, server: SignalServer): Sfu["fetch"] {
  const { allowsRemoteUnmute = false, apiKeys } = config;
  const limits = { ...defaultLimits, ...config.limits };
  const api = new TwirpServer({ ...deps, rooms, limits, allowsRemoteUnmute }, apiKeys, (call) =>
    metrics.countCall(call),
  );
  const routes = httpRoutes(server);
  return async (request) => {
    const { pathname } = new URL(request.url);
    if (request.method === "OPTIONS") return routes.fetch(request);
    if (pathname.startsWith("/twirp/")) return api.fetch(request);
    if (pathname === "/healthz") return health(deps.clock, plane, scope.isEnded);
    return routes.fetch(request);
  };
}

/** `path` may come without its query; that is then the request's. */
function upgradeUrl(path: string, requestUrl: string): URL {
  const url = new URL(path, "http://sfu");
  if (url.search === "") url.search = new URL(requestUrl, "http://sfu").search;
  return url;
}
