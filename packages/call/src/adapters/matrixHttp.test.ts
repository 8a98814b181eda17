import { Scope, silentLogger } from "@conclave/kit";
import { FakeClock, recordEvents, seededRandom } from "@conclave/kit/testing";
import { expect, onTestFinished, test, vi } from "vitest";

import type { MatrixSession } from "../matrixAccount.ts";
import { memoryAccountStore } from "./http/testing/memoryAccountStore.ts";
import { TinyHomeserver } from "./http/testing/TinyHomeserver.ts";
import { openMatrixHttp } from "./matrixHttp.ts";

const KEY_TYPE = "io.element.call.encryption_keys";

interface Guest {
  readonly session: MatrixSession;
  readonly scope: Scope;
  readonly clock: FakeClock;
}

async function openGuest(server: TinyHomeserver, seed: number): Promise<Guest> {
  const scope = new Scope();
  onTestFinished(() => scope.end());
  const clock = new FakeClock();
  const random = seededRandom(seed);
  const session = await openMatrixHttp(
    {
      homeserverUrl: "https://tiny.example",
      account: memoryAccountStore(),
      cryptoStoreName: "test",
      fetch: server.fetch,
      logger: silentLogger,
      clock,
      randomBytes: (lengthBytes) => random.bytes(lengthBytes),
    },
    scope,
  );
  return { session, scope, clock };
}

test("carries an Olm-encrypted message from one new guest to another", async () => {
  const server = new TinyHomeserver();
  const alice = await openGuest(server, 1);
  const bob = await openGuest(server, 2);
  const received = recordEvents(bob.scope, bob.session.toDeviceReceived);
  await Promise.all([alice.session.cryptoReady, bob.session.cryptoReady]);

  const outcomes = await alice.session.sendEncryptedToDevice(KEY_TYPE, [bob.session.self], { keys: "k" });
  await vi.waitFor(() => expect(received).toHaveLength(1));

  expect(outcomes).toEqual([{ to: bob.session.self, result: "sent" }]);
  expect(received[0]).toEqual({
    type: KEY_TYPE,
    sender: alice.session.userId,
    content: { keys: "k" },
    encryptedBy: { deviceId: alice.session.self.deviceId, isCrossSigned: false },
  });
});
