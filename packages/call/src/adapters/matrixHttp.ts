import { systemClock, type Scope } from "@conclave/kit";

import type { MatrixHttpOptions, MatrixSession, OpenMatrixSession } from "../matrixAccount.ts";
import { claimStore } from "./http/claimStore.ts";
import { HomeserverClient } from "./http/HomeserverClient.ts";
import { MatrixHttpSession } from "./http/MatrixHttpSession.ts";
import { loadOlm } from "./http/olm/loadOlm.ts";
import { openAccount } from "./http/openAccount.ts";

export { reserveOlmMemory } from "./http/olm/reserveOlmMemory.ts";

/**
 * Opens a session with a homeserver over plain HTTP, with Olm from matrix-sdk-crypto (WASM).
 *
 * Resolves as soon as the account is known to work; rooms and encryption arrive behind it. Everything ends with the
 * scope: no timer and no request is left.
 *
 * @throws {MatrixRtcError} `homeserver_unreachable`, `forbidden` (registration is closed), `unsupported`
 * @see docs/adr/0002-matrix-http-adapter.md
 */
export const openMatrixHttp: OpenMatrixSession = async (
  options: MatrixHttpOptions,
  scope: Scope,
): Promise<MatrixSession> => {
  const clock = options.clock ?? systemClock;
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

async function open(options: Required<MatrixHttpOptions>, scope: Scope): Promise<MatrixSession> {
  const { clock, cryptoStoreName, fetch, homeserverUrl } = options;
  const client = new HomeserverClient({ homeserverUrl, fetch, clock, signal: scope.signal });
  const olm = loadOlm(clock);
  // Those who need it see the failure; until then nobody may be listening.
  olm.catch(() => {});
  const isPersistent = await claimStore(cryptoStoreName, clock, scope);
  const opened = await openAccount({ ...options, client, isPersistent });
  return new MatrixHttpSession({ ...options, client, scope, opened, olm, isPersistent });
}

function strongRandomBytes(lengthBytes: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(lengthBytes));
}
