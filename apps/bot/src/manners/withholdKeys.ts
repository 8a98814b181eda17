import type { DeliveryOutcome, DeviceAddress, MatrixPort } from "@conclave/matrix-rtc";

import { delegateMatrix } from "./delegateMatrix.ts";

/**
 * Tells the engine that every message went out, and sends only what `isSent` lets pass.
 *
 * @param isSent asked once for each message to each device
 */
export function withholdKeys(matrix: MatrixPort, isSent: (to: DeviceAddress, content: object) => boolean): MatrixPort {
  return delegateMatrix(matrix, {
    async sendEncryptedToDevice(type, recipients, content) {
      const passed = recipients.filter((to) => isSent(to, content));
      const outcomes = passed.length === 0 ? [] : await matrix.sendEncryptedToDevice(type, passed, content);
      const results = new Map(outcomes.map((outcome) => [deviceOf(outcome.to), outcome]));
      return recipients.map((to): DeliveryOutcome => results.get(deviceOf(to)) ?? { to, result: "sent" });
    },
  });
}

/**
 * Lets everything pass but the very first key to the first device of somebody else: also when it is sent again, because
 * it was not confirmed or is asked for. Lost once, it would be there a second later.
 */
export function loseFirstKey(matrix: MatrixPort): MatrixPort {
  let lost: string | undefined;
  return withholdKeys(matrix, (to, content) => {
    if (!("keys" in content)) return true;
    const message = JSON.stringify([deviceOf(to), content.keys]);
    lost ??= message;
    return message !== lost;
  });
}

function deviceOf({ userId, deviceId }: DeviceAddress): string {
  return JSON.stringify([userId, deviceId]);
}
