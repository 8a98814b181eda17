import type { DeviceAddress } from "@conclave/matrix-rtc";

import { type HomeserverClient, matrixPath } from "./HomeserverClient.ts";

const SEND_PATH = "/_matrix/client/v3/sendToDevice/m.room.encrypted";
const RETRIES = 2;

/** A message that only its recipient can read. */
export interface SealedMessage {
  readonly to: DeviceAddress;
  readonly content: unknown;
}

/** The address as the key of a map. */
export function addressKey(to: { readonly userId: string; readonly deviceId: string }): string {
  return `${to.userId}\n${to.deviceId}`;
}

/**
 * Sends everything in one request, again under the same transaction id if no answer comes.
 *
 * @throws {MatrixRtcError} whatever went wrong
 * @see Client-Server API, "Send-to-Device messaging"
 */
export async function sendToDevice(
  client: HomeserverClient,
  transactionId: string,
  messages: readonly SealedMessage[],
): Promise<void> {
  const byUser: Record<string, Record<string, unknown>> = {};
  for (const { to, content } of messages) (byUser[to.userId] ??= {})[to.deviceId] = content;
  await client.json({
    method: "PUT",
    path: matrixPath(SEND_PATH, transactionId),
    body: { messages: byUser },
    retries: RETRIES,
  });
}
