import type { DeviceAddress } from "@conclave/matrix-rtc";

/** A device as one text that no other device has. */
export function deviceKey({ userId, deviceId }: DeviceAddress): string {
  return JSON.stringify([userId, deviceId]);
}
