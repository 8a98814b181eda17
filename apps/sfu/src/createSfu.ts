import { Scope } from "@conclave/kit";

import type { MediaPlane } from "./media/MediaPlane.ts";
import { MediasoupPlane } from "./media/mediasoup/MediasoupPlane.ts";
import type { Sfu, SfuConfig, SfuDeps } from "./ports.ts";
import { RoomRegistry } from "./room/RoomRegistry.ts";
import { httpRoutes } from "./signal/httpRoutes.ts";
import { SignalServer } from "./signal/SignalServer.ts";

/**
 * Starts an SFU with its media worker.
 *
 * @throws {SfuError} `media_unavailable` when the worker does not start or the media port is taken
 */
export async function createSfu(deps: SfuDeps, config: SfuConfig): Promise<Sfu> {
  const { clock, logger } = deps;
  return assembleSfu(deps, config, await MediasoupPlane.start({ clock, logger }, config));
}

/** Wires an SFU onto a media plane; tests bring one without a worker. The plane is closed with the SFU. */
export function assembleSfu(
  deps: SfuDeps,
  config: Pick<SfuConfig, "apiKeys" | "autoCreateRooms">,
  plane: MediaPlane,
): Sfu {
  const rooms = new RoomRegistry({ ...deps, plane });
  const server = new SignalServer({ ...deps, rooms }, config);
  const routes = httpRoutes(server);
  const scope = new Scope((fault) => deps.logger.error("clean-up failed", { reason: String(fault) }));
  plane.died.on(scope, () => void rooms.endAll());
  scope.onEnd(() => plane.close());
  scope.onEnd(() => server.close());
  scope.onEnd(() => rooms.close());
  return {
    mediaPort: plane.mediaPort,
    fetch: async (request) => routes.fetch(request),
    handleUpgrade: (request, socket, head, path) =>
      server.handleUpgrade(request, socket, head, upgradeUrl(path, request.url ?? "/")),
    createRoom: async (name) => void (await rooms.create(name)),
    getWorkerUsage: () => plane.usage(),
    close: () => scope.end(),
  };
}

/** `path` may come without its query; that is then the request's. */
function upgradeUrl(path: string, requestUrl: string): URL {
  const url = new URL(path, "http://sfu");
  if (url.search === "") url.search = new URL(requestUrl, "http://sfu").search;
  return url;
}
