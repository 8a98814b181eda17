import { Hono } from "hono";

import { configSchema } from "./config.ts";
import type { Core } from "./Core.ts";
import { MatrixError } from "./errors.ts";
import { Housekeeping } from "./Housekeeping.ts";
import type { Homeserver, HomeserverConfig, HomeserverDeps } from "./Homeserver.ts";
import { mountAccountData } from "./http/accountData.ts";
import { mountAccounts } from "./http/accounts.ts";
import { mountTokens } from "./http/accountsTokens.ts";
import { maxBodyBytes, readBody, tooLarge, withCors } from "./http/border.ts";
import { errorResponse, type App, type Bindings } from "./http/context.ts";
import { mountCrossSigning } from "./http/crossSigning.ts";
import { mountDelayedEvents } from "./http/delayedEvents.ts";
import { mountDevices } from "./http/devices.ts";
import { mountDirectory } from "./http/directory.ts";
import { mountEvents } from "./http/events.ts";
import { mountHistory } from "./http/history.ts";
import { mountKeys } from "./http/keys.ts";
import { mountOpenId, openIdUser } from "./http/openId.ts";
import { mountProfiles } from "./http/profiles.ts";
import { mountReceipts } from "./http/receipts.ts";
import { mountRooms } from "./http/rooms.ts";
import { mountSlidingSync } from "./http/slidingSync.ts";
import { mountSmallAnswers } from "./http/smallAnswers.ts";
import { mountState } from "./http/state.ts";
import { mountSync } from "./http/sync.ts";
import { mountToDevice } from "./http/toDevice.ts";
import { mountVersions } from "./http/versions.ts";
import { RateLimiter } from "./RateLimiter.ts";
import { DelayedEvents } from "./rooms/DelayedEvents.ts";
import { touchRoom } from "./rooms/touchRoom.ts";
import { Typing } from "./rooms/Typing.ts";
import { SlidingConnections } from "./slidingSync/SlidingConnections.ts";
import { AccountDataStore } from "./store/AccountDataStore.ts";
import { AccountStore } from "./store/AccountStore.ts";
import { Database } from "./store/Database.ts";
import { DelayedStore } from "./store/DelayedStore.ts";
import { EventStore } from "./store/EventStore.ts";
import { KeyStore } from "./store/KeyStore.ts";
import { MemberStore } from "./store/MemberStore.ts";
import { ToDeviceStore } from "./store/ToDeviceStore.ts";
import { TokenStore } from "./store/TokenStore.ts";
import { TransactionStore } from "./store/TransactionStore.ts";
import { Notifier } from "./sync/Notifier.ts";

const METHODS = ["GET", "PUT", "POST", "DELETE"];

/**
 * Makes the homeserver: opens the database, sends what fell due while it was closed, and answers requests.
 *
 * @throws {ZodError} if the configuration is wrong; {Error} if the database is in use or cannot be written
 */
export function createHomeserver(deps: HomeserverDeps, config: HomeserverConfig): Homeserver {
  const core = createCore(deps, config);
  const app = createApp(core);
  const housekeeping = new Housekeeping();
  core.delayed.start(core);
  housekeeping.start(core);
  return {
    async fetch(request, remoteAddress) {
      if (request.method === "OPTIONS") return withCors(new Response(null, { status: 204 }));
      const maxBytes = maxBodyBytes(new URL(request.url).pathname, core.config.limits);
      const body = await readBody(request, maxBytes);
      if (body === undefined) return withCors(tooLarge(maxBytes));
      return withCors(await app.fetch(request, { remoteAddress, body }));
    },
    openIdUser: (accessToken) => openIdUser(core, accessToken),
    isJoined: (roomId, userId) => core.members.membership(roomId, userId) === "join",
    async close() {
      core.notifier.close();
      core.typing.close();
      core.delayed.close();
      housekeeping.close();
      // Requests that were waiting have their answers before the database goes away.
      await Promise.resolve();
      core.db.close();
    },
  };
}

function createCore(deps: HomeserverDeps, config: HomeserverConfig): Core {
  const resolved = configSchema.parse(config);
  const { limits } = resolved;
  const { clock } = deps;
  const db = new Database(resolved.databasePath);
  const core: Core = {
    config: resolved,
    clock,
    random: deps.randomBytes,
    logger: deps.logger,
    db,
    accounts: new AccountStore(db),
    tokens: new TokenStore(db),
    keys: new KeyStore(db),
    toDevice: new ToDeviceStore(db),
    transactions: new TransactionStore(db),
    accountData: new AccountDataStore(db),
    events: new EventStore(db),
    members: new MemberStore(db),
    notifier: new Notifier(clock),
    sliding: new SlidingConnections(deps.randomBytes),
    typing: new Typing(clock, (roomId) => touchRoom(core, roomId)),
    delayed: new DelayedEvents(new DelayedStore(db)),
    authLimit: new RateLimiter(clock, { burst: limits.authBurst, perSecond: limits.authPerSecond }),
    sendLimit: new RateLimiter(clock, { burst: limits.sendBurst, perSecond: limits.sendPerSecond }),
    delayedLimit: new RateLimiter(clock, { burst: limits.delayedBurst, perSecond: limits.delayedPerSecond }),
  };
  return core;
}

function createApp(core: Core): App {
  const app: App = new Hono<{ Bindings: Bindings }>({ strict: true });
  for (const mount of [
    mountVersions,
    mountAccounts,
    mountTokens,
    mountKeys,
    mountToDevice,
    mountSync,
    mountSlidingSync,
    mountRooms,
    mountEvents,
    mountState,
    mountHistory,
    mountReceipts,
    mountDirectory,
    mountDevices,
    mountCrossSigning,
    mountSmallAnswers,
    mountDelayedEvents,
    mountProfiles,
    mountAccountData,
    mountOpenId,
  ]) {
    mount(app, core);
  }
  app.onError((fault, c) => {
    if (fault instanceof MatrixError) return errorResponse(c, fault);
    core.logger.error("Request failed", { method: c.req.method, route: c.req.routePath, fault: String(fault) });
    return errorResponse(c, new MatrixError(500, "M_UNKNOWN", "Internal server error"));
  });
  app.notFound((c) => {
    const isKnown = METHODS.some((method) => app.router.match(method, c.req.path)[0].length > 0);
    return errorResponse(c, new MatrixError(isKnown ? 405 : 404, "M_UNRECOGNIZED", "Unrecognized request"));
  });
  return app;
}
