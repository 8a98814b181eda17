import type { MatrixPort } from "@conclave/matrix-rtc";

import { delegateMatrix } from "./delegateMatrix.ts";

/** Counts the messages to single devices that are sent; keys are all that a call sends so. */
export function countKeys(matrix: MatrixPort, sent: (messages: number) => void): MatrixPort {
  return delegateMatrix(matrix, {
    async sendEncryptedToDevice(type, recipients, content) {
      const outcomes = await matrix.sendEncryptedToDevice(type, recipients, content);
      sent(outcomes.filter(({ result }) => result === "sent").length);
      return outcomes;
    },
  });
}
