import type { DeviceId, ToDeviceMessage } from "@conclave/matrix-rtc";

import { isRecord, recordAt, stringAt } from "../http/json.ts";
import { DEVICE_FIELDS } from "./actions.ts";

export type ProvenDevice = NonNullable<ToDeviceMessage["encryptedBy"]>;

/** The device that the host names as the one that encrypted it, if it does. Only for hosts with `VERSIONS.devices`. */
export function namedDevice(message: Readonly<Record<string, unknown>>): ProvenDevice | undefined {
  const named = message[DEVICE_FIELDS.encryptedBy];
  const deviceId = stringAt(named, "device_id");
  if (!isRecord(named) || deviceId === undefined) return undefined;
  return { deviceId: deviceId as DeviceId, isCrossSigned: named["is_cross_signed"] === true };
}

/**
 * The device that a message says it comes from. The host has decrypted it and vouches for the user; which of the user's
 * devices it was, it does not say, and so nobody vouches for the device.
 *
 * @see docs/adr/0006-widget-adapter.md
 */
export function claimedDevice(content: unknown): ProvenDevice | undefined {
  const deviceId = stringAt(recordAt(content, "member"), "claimed_device_id") ?? stringAt(content, "device_id");
  return deviceId === undefined ? undefined : { deviceId: deviceId as DeviceId, isCrossSigned: false };
}
