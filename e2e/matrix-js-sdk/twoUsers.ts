import { sleep, systemClock } from "@conclave/kit";
import type { TwoUsers } from "@conclave/matrix-rtc/testing";

import type { TestHomeserver } from "../matrix-http/openGuest.ts";
import { type HostSession, joinCallRoom, openHost } from "./hostSession.ts";
import { startClient } from "./startClient.ts";

/** Two hosts' clients in an encrypted room. */
export async function openTwoHosts(server: TestHomeserver): Promise<TwoUsers> {
  const openOne = async (): Promise<HostSession> => openHost(await startClient(server));
  const [alice, bob] = await Promise.all([openOne(), openOne()]);
  const roomId = await joinCallRoom(server, [alice.client, bob.client]);
  await Promise.all([alice.port.cryptoReady, bob.port.cryptoReady]);
  return {
    alice: alice.port,
    bob: bob.port,
    roomId,
    pass: (byMs) => sleep(systemClock, byMs),
    async end() {
      await Promise.all([alice.scope.end(), bob.scope.end()]);
    },
  };
}
