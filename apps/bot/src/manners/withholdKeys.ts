import type { DeliveryOutcome, DeviceAddress, MatrixPort } from "@conclave/matrix-rtc";

import { delegateMatrix } from "./delegateMatrix.ts";

/**
 * Tells the engine that every message went out, and sends only what `isSent` lets pass.
 *
 * @param isSent asked once for each message to each device
 */
export function withholdKeys(matrix: MatrixPort, isSent: (to: DeviceAddress) => boolean): MatrixPort {
  return delegateMatrix(matrix, {
    async sendEncryptedToDevice(type, recipients, content) {
      const passed = recipients.filter((to) => isSent(to));
      const outcomes = passed.length === 0 ? [] : await matrix.sendEncryptedToDevice(type, passed, content);
      const results = new Map(outcomes.map((outcome) => [deviceOf(outcome.to), outcome]));
      return recipients.map((to): DeliveryOutcome => results.get(deviceOf(to)) ?? { to, result: "sent" });
    },
  });
}

/** Lets everything pass but the very first message to the first device of somebody else. */
export function loseFirstKey(matrix: MatrixPort): MatrixPort {
  let isLost = false;
  return withholdKeys(matrix, () => {
    if (isLost) return true;
    isLost = true;
    return false;
  });
}

function deviceOf({ userId, deviceId }: DeviceAddress): string {
  return JSON.stringify([userId, deviceId]);
}
