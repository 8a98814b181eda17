import { sleep, systemClock } from "@conclave/kit";
import { matrixPortSuite, type TwoUsers } from "@conclave/matrix-rtc/testing";
import { describe, test } from "vitest";

import { freshLink, openGuest, startHomeserver } from "./openGuest.ts";

async function makeTwoUsers(): Promise<TwoUsers> {
  const server = startHomeserver();
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

describe("matrixHttp keeps what MatrixPort promises", () => {
  for (const acceptance of matrixPortSuite(makeTwoUsers)) test(acceptance.name, () => acceptance.run());
});
