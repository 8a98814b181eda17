import { steadyClock, systemClock, type Scope } from "@conclave/kit";

import type { MatrixHttpOptions, MatrixSession, OpenMatrixSession } from "../matrixAccount.ts";
import { AccountKeeper } from "./http/AccountKeeper.ts";
import { claimStore } from "./http/claimStore.ts";
import { HomeserverClient } from "./http/HomeserverClient.ts";
import { MatrixHttpSession } from "./http/MatrixHttpSession.ts";
import { loadOlm } from "./http/olm/loadOlm.ts";
import { openAccount } from "./http/openAccount.ts";
import { ChosenSync } from "./http/slidingSync/ChosenSync.ts";

export { reserveOlmMemory } from "./http/olm/reserveOlmMemory.ts";

/**
 * Opens a session with a homeserver over plain HTTP, with Olm from matrix-sdk-crypto (WASM).
 *
 * Resolves as soon as the account is known to work; rooms and encryption arrive behind it. Everything ends with the
 * scope: no timer and no request is left.
 *
 * @throws {MatrixRtcError} `homeserver_unreachable`, `forbidden` (registration is closed, or the login is refused),
 * `unsupported`, `logged_out` (the access token of `login` has ended)
 * @see docs/adr/0002-matrix-http-adapter.md
 */
export const openMatrixHttp: OpenMatrixSession = async (
  options: MatrixHttpOptions,
  scope: Scope,
): Promise<MatrixSession> => {
  const clock = options.clock ?? steadyClock(systemClock);
  const randomBytes = options.randomBytes ?? strongRandomBytes;
  const lifetime = scope.child();
  try {
    return await open({ ...options, clock, randomBytes }, lifetime);
  } catch (error) {
    // A second try must find the crypto store free.
    await lifetime.end();
    throw error;
  }
};

type OpenOptions = MatrixHttpOptions & Required<Pick<MatrixHttpOptions, "clock" | "randomBytes">>;

async function open(options: OpenOptions, scope: Scope): Promise<MatrixSession> {
  const { account: store, clock, cryptoStoreName, fetch, homeserverUrl, logger, login, sync = "auto" } = options;
  const client = new HomeserverClient({ homeserverUrl, fetch, clock, signal: scope.signal });
  const olm = loadOlm(clock);
  // Those who need it see the failure; until then nobody may be listening.
  olm.catch(() => {});
  const isPersistent = await claimStore(cryptoStoreName, clock, scope);
  const keeper = new AccountKeeper({ client, store, clock, logger, isPersistent });
  const source = new ChosenSync({ client, clock, logger, way: sync, userId: () => keeper.account?.userId ?? "" });
  const opened = await openAccount({ ...options, client, keeper, source, login, isPersistent });
  return new MatrixHttpSession({ ...options, client, keeper, source, scope, opened, olm });
}

function strongRandomBytes(lengthBytes: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(lengthBytes));
}
