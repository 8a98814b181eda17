import { createServer } from "node:http";

import { createJwtService, toListener } from "@conclave/jwt-service";
import { silentLogger, systemClock } from "@conclave/kit";

/**
 * The service as a library, where the embedded homeserver and SFU answer in the same process: every look-up is as good as
 * cached. It says `port NUMBER` once it listens.
 */
const nothing = (): Promise<void> => Promise.resolve();
const service = createJwtService(
  {
    clock: systemClock,
    logger: silentLogger,
    random: Math.random,
    homeservers: { openIdUser: ({ serverName }) => Promise.resolve(`@alice:${serverName}`) },
    delayedEvents: { canReach: () => Promise.resolve(true), act: () => Promise.resolve({ is: "done" }) },
    sfu: {
      createRoom: nothing,
      remove: nothing,
      listRooms: nothing,
      canJoinMissingRoom: () => Promise.resolve(false),
      find: () => Promise.resolve(undefined),
    },
  },
  {
    livekitUrl: "ws://127.0.0.1:9",
    livekitKey: process.env["LIVEKIT_KEY"] ?? "",
    livekitSecret: process.env["LIVEKIT_SECRET"] ?? "",
    fullAccessHomeservers: ["*"],
    limits: { userPerMinute: 0, ownUserPerMinute: 0, serverPerMinute: 0, perSecond: 0 },
  },
);
const server = createServer(toListener((asked) => service.answer(asked)));
server.listen(0, "127.0.0.1", () => console.log(`port ${(server.address() as { port: number }).port}`));
