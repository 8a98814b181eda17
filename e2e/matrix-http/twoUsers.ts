import { sleep, systemClock } from "@conclave/kit";
import type { TwoUsers } from "@conclave/matrix-rtc/testing";

import { freshLink, openGuest, type TestHomeserver } from "./openGuest.ts";

/** Two guests over plain HTTP in an encrypted room. */
export async function openTwoUsers(server: TestHomeserver): Promise<TwoUsers> {
  const [alice, bob] = await Promise.all([openGuest(server), openGuest(server)]);
  const linkId = freshLink();
  const roomId = await alice.session.createCallRoom({ linkId });
  await Promise.all([bob.session.joinByLink(linkId), alice.session.cryptoReady, bob.session.cryptoReady]);
  return {
    alice: alice.session,
    bob: bob.session,
    roomId,
    pass: (byMs) => sleep(systemClock, byMs),
    async end() {
      await Promise.all([alice.scope.end(), bob.scope.end()]);
    },
  };
}
