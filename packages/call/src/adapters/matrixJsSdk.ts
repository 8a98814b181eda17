import { type Clock, type Logger, type Scope, systemClock } from "@conclave/kit";
import { type DeviceId, type MatrixPort, MatrixRtcError, type UserId } from "@conclave/matrix-rtc";
import type { MatrixClient } from "matrix-js-sdk";

import { JsSdkSession } from "./jsSdk/JsSdkSession.ts";

export interface MatrixJsSdkOptions {
  /** Logged in, with `initRustCrypto` done; started, or about to be. Stays the host's: nobody here stops it or logs it out. */
  readonly client: MatrixClient;
  readonly logger: Logger;
  /** The system's clock unless told otherwise. */
  readonly clock?: Clock;
}

/**
 * Makes calls over the Matrix client that a host application has already: no second account, device or sync.
 *
 * When the scope ends, no listener, timer or request of it is left at the client. A client in widget mode has no
 * homeserver of its own and does not fit.
 *
 * @throws {MatrixRtcError} `logged_out`: the client has no user or no device
 */
export function openMatrixJsSdk(options: MatrixJsSdkOptions, scope: Scope): MatrixPort {
  const { client, logger, clock = systemClock } = options;
  const [userId, deviceId] = [client.getUserId(), client.getDeviceId()];
  if (userId === null || deviceId === null) {
    throw new MatrixRtcError("logged_out", "The client is not logged in");
  }
  const self = { userId: userId as UserId, deviceId: deviceId as DeviceId };
  return new JsSdkSession({ client, self, clock, logger, scope });
}
