import type { DeviceId, ToDeviceMessage } from "@conclave/matrix-rtc";

/** What the Olm session that decrypted a message says about the other end of it. */
export interface OlmSession {
  readonly sender: string;
  readonly deviceId: string | undefined;
  readonly curve25519Key: string;
}

/** What is known of the device that the session names. */
export interface SenderDevice {
  /** As its owner has published it. */
  readonly curve25519Key: string | undefined;
  readonly isCrossSigned: boolean;
}

/**
 * Adds what the Olm session proves. The device's published key must be the one that encrypted: else the message goes out
 * as unproven, and the key layer refuses it.
 */
export function proveSender(
  message: ToDeviceMessage,
  session: OlmSession,
  device: SenderDevice | undefined,
): ToDeviceMessage {
  const { sender, deviceId, curve25519Key } = session;
  if (deviceId === undefined || sender !== message.sender) return message;
  if (device && device.curve25519Key !== curve25519Key) return message;
  return {
    ...message,
    encryptedBy: { deviceId: deviceId as DeviceId, isCrossSigned: device?.isCrossSigned ?? false },
  };
}
