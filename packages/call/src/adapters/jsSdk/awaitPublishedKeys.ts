import { type Clock, type Logger, type Scope, sleep } from "@conclave/kit";
import { MatrixRtcError, type MatrixSelf } from "@conclave/matrix-rtc";
import type { CryptoApi } from "matrix-js-sdk/lib/crypto-api/index.js";

import type { HomeserverClient } from "../http/HomeserverClient.ts";
import { unreachable } from "../http/httpError.ts";
import { recordAt } from "../http/json.ts";
import { toMatrixRtcError } from "./sdkError.ts";

const FIRST_PAUSE_MS = 250;
const MAX_PAUSE_MS = 5000;

export interface AwaitPublishedKeysDeps {
  readonly crypto: CryptoApi | undefined;
  readonly client: HomeserverClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly scope: Scope;
  readonly self: MatrixSelf;
}

/**
 * Resolves when the homeserver hands out this device's keys. The client publishes them some time after its start and does
 * not say when, so the homeserver is asked: once if the device is not new, and with growing pauses else.
 *
 * @throws {MatrixRtcError} `unsupported` (the client has no encryption), a refusal of the homeserver, or the scope has ended
 */
export async function awaitPublishedKeys(deps: AwaitPublishedKeysDeps): Promise<void> {
  const { clock, crypto, scope } = deps;
  if (!crypto) throw new MatrixRtcError("unsupported", "The client was started without encryption");
  try {
    const { ed25519 } = await crypto.getOwnDeviceKeys();
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)) {
      if ((await readPublishedKey(deps)) === ed25519) return;
      await sleep(clock, pauseMs, scope.signal);
    }
  } catch (error) {
    if (scope.isEnded) throw unreachable("own keys", error, false);
    throw toMatrixRtcError("own keys", error, clock.nowMs());
  }
}

/** The signing key of this device at the homeserver; `undefined` if there is none, or no answer. */
async function readPublishedKey({ client, logger, self }: AwaitPublishedKeysDeps): Promise<unknown> {
  const { userId, deviceId } = self;
  try {
    const body = await client.json({
      method: "POST",
      path: "/_matrix/client/v3/keys/query",
      body: { device_keys: { [userId]: [deviceId] } },
    });
    const device = recordAt(recordAt(recordAt(body, "device_keys"), userId), deviceId);
    return recordAt(device, "keys")[`ed25519:${deviceId}`];
  } catch (error) {
    if (!(error instanceof MatrixRtcError) || !error.retryable) throw error;
    logger.debug("own keys could not be looked up yet", { error });
    return undefined;
  }
}
