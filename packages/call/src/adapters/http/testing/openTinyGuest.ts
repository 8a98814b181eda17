import { Scope, silentLogger } from "@conclave/kit";
import { FakeClock, seededRandom } from "@conclave/kit/testing";
import { onTestFinished } from "vitest";

import type { MatrixSession } from "../../../matrixAccount.ts";
import { openMatrixHttp } from "../../matrixHttp.ts";
import { memoryAccountStore } from "./memoryAccountStore.ts";
import type { TinyDevice, TinyHomeserver } from "./TinyHomeserver.ts";

export interface TinyGuest {
  readonly session: MatrixSession;
  readonly scope: Scope;
  readonly clock: FakeClock;
  readonly device: TinyDevice;
}

let nextSeed = 1;

/** A session on a new account, with a clock of its own; ends with the test. */
export async function openTinyGuest(server: TinyHomeserver): Promise<TinyGuest> {
  const scope = new Scope();
  onTestFinished(() => scope.end());
  const clock = new FakeClock();
  const random = seededRandom(nextSeed++);
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
  const device = server.devices.find(({ deviceId }) => deviceId === session.self.deviceId);
  if (!device) throw new Error("The homeserver does not know the guest");
  return { session, scope, clock, device };
}
