import { randomInt } from "node:crypto";

import { systemClock, type Logger } from "@conclave/kit";

import { clientApis } from "./adapters/clientApis.ts";
import { delayedEventsOverHttp } from "./adapters/delayedEventsOverHttp.ts";
import { homeserversOverHttp } from "./adapters/homeserversOverHttp.ts";
import { createHttpClient, type HttpClient } from "./adapters/httpClient.ts";
import { findService, ownReach, strangersReach } from "./adapters/names.ts";
import { sfuOverTwirp } from "./adapters/sfuOverTwirp.ts";
import { synapseMembership } from "./adapters/synapseMembership.ts";
import type { ProgramConfig } from "./config.ts";
import { createJwtService } from "./createJwtService.ts";
import type { JobStore } from "./leave/ports.ts";
import type { JwtService, JwtServiceDeps } from "./ports.ts";

const RANDOM_STEPS = 2 ** 32;

/** The service and what ends it together with its connections. */
export interface Program {
  readonly service: JwtService;
  close(): Promise<void>;
}

/**
 * Wires the service for a program of its own: everything over the network. When it resolves, the delegated leaves of an
 * earlier process are under way again.
 *
 * @throws if Redis is configured and cannot be reached
 */
export async function composeProgram(config: ProgramConfig, logger: Logger): Promise<Program> {
  const clients = openClients(config);
  const deps = { ...wire(config, clients), logger };
  const restored = { again: () => {} };
  const jobStore = await openJobStore(config, logger, () => restored.again());
  const service = createJwtService({ ...deps, ...(jobStore ? { jobStore } : {}) }, config);
  restored.again = () => void service.storeAgain();
  await service.restore();
  return {
    service,
    async close() {
      await service.close();
      for (const client of Object.values(clients)) client.close();
    },
  };
}

type Clients = Readonly<Record<"own" | "strangers" | "sfu", HttpClient>>;

function openClients({ isTlsChecked, internalNetworks, isLaboratory }: ProgramConfig): Clients {
  const own = createHttpClient(ownReach(), { isTlsChecked });
  const strangers = createHttpClient(strangersReach(internalNetworks), { isTlsChecked });
  // Whoever lists the allowed networks lists those of the own servers too.
  const isListed = internalNetworks !== undefined && !isLaboratory;
  return {
    own: isListed ? strangers : own,
    strangers,
    // The operator chose the SFU and its certificate.
    sfu: createHttpClient(ownReach(), { isTlsChecked: true }),
  };
}

function wire(config: ProgramConfig, clients: Clients): Omit<JwtServiceDeps, "logger" | "jobStore"> {
  const { fullAccessHomeservers, membershipToken: token } = config;
  const clock = systemClock;
  const isOwn = (serverName: string): boolean => fullAccessHomeservers.includes(serverName);
  const shared = { clock, isOwn, own: clients.own.call, strangers: clients.strangers.call };
  const clientApi = clientApis({ ...shared, overrides: config.clientApiOverrides });
  const [ownServer = ""] = fullAccessHomeservers;
  const membership = token ? synapseMembership({ clock, token, clientApi: () => clientApi(ownServer) }) : undefined;
  return {
    clock,
    random: () => randomInt(RANDOM_STEPS) / RANDOM_STEPS,
    homeservers: { ...homeserversOverHttp({ ...shared, findService }), ...(membership ? { membership } : {}) },
    delayedEvents: delayedEventsOverHttp({ clock, clientApi }),
    sfu: sfuOverTwirp({ clock, call: clients.sfu.call }, config),
  };
}

async function openJobStore(
  { redisUrl: url }: ProgramConfig,
  logger: Logger,
  onReconnected: () => void,
): Promise<JobStore | undefined> {
  if (url === undefined) return undefined;
  // Loaded only where it is needed: the library takes longer to load than everything else.
  const { openRedisJobStore } = await import("./adapters/redisJobStore.ts");
  return openRedisJobStore(logger, { url, onReconnected });
}
