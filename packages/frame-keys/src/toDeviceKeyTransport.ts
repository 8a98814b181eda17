import type { Clock, Logger, Scope } from "@conclave/kit";
import type { MatrixPort, RoomId, SlotDescription } from "@conclave/matrix-rtc";

import type { KeyTransport } from "./ports.ts";

export interface ToDeviceKeyTransportDeps {
  readonly matrix: MatrixPort;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface ToDeviceKeyTransportOptions {
  readonly roomId: RoomId;
  readonly slot: SlotDescription;
  /** The own member id, as `RtcSession.self` has it. */
  readonly memberId: string;
}

/**
 * Carries sender keys as Olm-encrypted to-device messages of type `io.element.call.encryption_keys`.
 *
 * @see matrixrtc.md 11.2
 */
export function toDeviceKeyTransport(
  deps: ToDeviceKeyTransportDeps,
  options: ToDeviceKeyTransportOptions,
  scope: Scope,
): KeyTransport {
  throw new Error(`${deps.matrix.self.userId} ${options.memberId} ${scope.isEnded}`);
}
