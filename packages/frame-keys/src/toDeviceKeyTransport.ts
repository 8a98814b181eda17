import { Emitter, type Clock, type Logger, type Scope } from "@conclave/kit";
import type { DeviceAddress, MatrixPort, RoomId, SlotDescription, ToDeviceMessage } from "@conclave/matrix-rtc";

import { KEY_MESSAGE_TYPE, keyMessageContent, tryReadKeyMessage } from "./keyMessage.ts";
import type { KeyRejection, KeyTransport, ReceivedKey, SenderKey, SendOutcome } from "./ports.ts";

export interface ToDeviceKeyTransportDeps {
  readonly matrix: Pick<MatrixPort, "self" | "sendEncryptedToDevice" | "toDeviceReceived">;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface ToDeviceKeyTransportOptions {
  readonly roomId: RoomId;
  readonly slot: SlotDescription;
  /** The own member id, as `RtcSession.self` has it. */
  readonly memberId: string;
}

type Verdict = { readonly key: ReceivedKey } | { readonly reason: KeyRejection };

/**
 * Carries sender keys as Olm-encrypted to-device messages of type `io.element.call.encryption_keys`.
 *
 * A key is passed on only if the message came through Olm, and from the device that it claims to come from.
 *
 * @see matrixrtc.md 11.2
 */
export function toDeviceKeyTransport(
  deps: ToDeviceKeyTransportDeps,
  options: ToDeviceKeyTransportOptions,
  scope: Scope,
): KeyTransport {
  const { matrix, clock, logger } = deps;
  const keyReceived = new Emitter<ReceivedKey>();
  const keyRejected = new Emitter<{ readonly reason: KeyRejection; readonly from: string }>();
  matrix.toDeviceReceived.on(scope, (message) => {
    if (message.type !== KEY_MESSAGE_TYPE) return;
    const verdict = judge(message, matrix.self, options.roomId);
    if ("key" in verdict) return keyReceived.emit(verdict.key);
    logger.warn("key message rejected", { reason: verdict.reason, sender: message.sender });
    keyRejected.emit({ reason: verdict.reason, from: message.sender });
  });
  async function send(key: SenderKey, recipients: readonly DeviceAddress[]): Promise<readonly SendOutcome[]> {
    const { deviceId } = matrix.self;
    const content = keyMessageContent({ ...options, key, deviceId, sentAtMs: clock.nowMs() });
    return matrix.sendEncryptedToDevice(KEY_MESSAGE_TYPE, recipients, content);
  }
  return { send, keyReceived, keyRejected };
}

function judge(message: ToDeviceMessage, self: DeviceAddress, roomId: RoomId): Verdict {
  if (!message.encryptedBy) return { reason: "cleartext" };
  const from = { userId: message.sender, deviceId: message.encryptedBy.deviceId };
  const read = tryReadKeyMessage(message.content);
  if (!read) return { reason: "malformed" };
  if (read.claimedDeviceId !== from.deviceId) return { reason: "wrong_device" };
  if (read.roomId !== roomId) return { reason: "wrong_room" };
  if (from.userId === self.userId && from.deviceId === self.deviceId) return { reason: "own_echo" };
  const memberId = read.memberId ?? `${from.userId}:${from.deviceId}`;
  return { key: { from, memberId, key: read.key, sentAtMs: read.sentAtMs } };
}
