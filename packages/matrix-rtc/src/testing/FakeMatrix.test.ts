import { FakeClock } from "@conclave/kit/testing";
import { describe, it } from "vitest";

import { FakeMatrix } from "./FakeMatrix.ts";
import type { TwoUsers } from "./matrixPort/AcceptanceTest.ts";
import { matrixPortSuite } from "./matrixPortSuite.ts";

async function makeTwoUsers(): Promise<TwoUsers> {
  const clock = new FakeClock();
  const homeserver = new FakeMatrix(clock);
  const room = homeserver.createRoom();
  const alice = homeserver.connect("@alice:hs.example", "ALICEDEV");
  const bob = homeserver.connect("@bob:hs.example", "BOBDEV");
  room.join(alice.self.userId);
  room.join(bob.self.userId);
  return { alice, bob, roomId: room.roomId, pass: (byMs) => clock.advance(byMs), end: async () => {} };
}

describe("FakeMatrix", () => {
  for (const test of matrixPortSuite(makeTwoUsers)) it(test.name, test.run);
});
