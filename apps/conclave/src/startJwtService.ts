import { randomInt } from "node:crypto";

import type { Homeserver } from "@conclave/homeserver";
import {
  callInProcess,
  createJwtService,
  delayedEventsOverHttp,
  fileJobStore,
  LookUpFault,
  sfuOverTwirp,
  type JwtService,
} from "@conclave/jwt-service";
import { systemClock, type Logger } from "@conclave/kit";
import type { Sfu } from "@conclave/sfu";

import type { DataDirectory } from "./dataDirectory.ts";
import type { Origin } from "./origin.ts";
import { SFU_PREFIX } from "./routes.ts";

const RANDOM_STEPS = 2 ** 32;
/** Names the caller where an address is asked for; nothing goes over the network. */
const IN_PROCESS = "in-process";

interface Surroundings {
  readonly logger: Logger;
  readonly data: DataDirectory;
  readonly origin: Origin;
  readonly homeserver: Homeserver;
  readonly sfu: Sfu;
}

/**
 * Makes the authorisation service of this installation: its homeserver and its SFU are asked in process, and it goes on with
 * the delegated leaves of the last run.
 */
export async function startJwtService({ logger, data, origin, homeserver, sfu }: Surroundings): Promise<JwtService> {
  const clock = systemClock;
  const keys = { livekitKey: data.livekitKey, livekitSecret: data.livekitSecret };
  const homeserverCall = callInProcess((request) => homeserver.fetch(request, IN_PROCESS));
  const isOurs = (serverName: string): boolean => serverName === data.serverName;
  const service = createJwtService(
    {
      clock,
      logger,
      random: () => randomInt(RANDOM_STEPS) / RANDOM_STEPS,
      homeservers: {
        async openIdUser({ accessToken, serverName }) {
          const userId = isOurs(serverName) ? homeserver.openIdUser(accessToken) : undefined;
          if (userId === undefined) throw new LookUpFault("refused", "no token of this homeserver");
          return userId;
        },
        membership: async ({ userId, roomId }) => (homeserver.isJoined(roomId, userId) ? "joined" : "absent"),
      },
      delayedEvents: delayedEventsOverHttp({
        clock,
        clientApi: async (serverName) =>
          isOurs(serverName) ? { baseUrl: `http://${IN_PROCESS}`, call: homeserverCall } : undefined,
      }),
      jobStore: fileJobStore(data.leaveJobsPath),
      sfu: sfuOverTwirp(
        { clock, call: callInProcess((request) => sfu.fetch(request)) },
        { ...keys, livekitUrl: `ws://${IN_PROCESS}` },
      ),
    },
    { ...keys, livekitUrl: `${origin.ws}${SFU_PREFIX}`, fullAccessHomeservers: [data.serverName] },
  );
  await service.restore();
  return service;
}
