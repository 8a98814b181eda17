import {
  type ClientWidgetApi,
  CurrentApiVersions,
  type ISendToDeviceFromWidgetActionRequest,
  type IWidgetApiRequest,
} from "matrix-widget-api";

import type { Address } from "./Devices.ts";
import type { HostDriver } from "./HostDriver.ts";
import type { ContentMap } from "./sendToDevices.ts";

/** What this host can do beyond the widget API. @see docs/embedding.md */
const VERSION = "io.conclave.devices";
export const ENCRYPTED_BY = "io.conclave.encrypted_by";
const UNREACHABLE = "io.conclave.unreachable";

/** Tells widgets which devices could not be encrypted for; without this they take every message for delivered. */
export function offerDevices(
  api: ClientWidgetApi,
  driver: HostDriver,
  send: (type: string, contents: ContentMap) => Promise<readonly Address[]>,
): void {
  api.on("action:supported_api_versions", (event: CustomEvent<IWidgetApiRequest>) => {
    event.preventDefault();
    api.transport.reply(event.detail, { supported_versions: [...CurrentApiVersions, VERSION] });
  });
  api.on("action:send_to_device", (event: CustomEvent<ISendToDeviceFromWidgetActionRequest>) => {
    const { type, encrypted, messages } = event.detail.data;
    // What is odd or not allowed is refused as always.
    if (!type || !encrypted || !messages || !api.canSendToDeviceEvent(type)) return;
    event.preventDefault();
    send(type, messages).then(
      (missing) => api.transport.reply(event.detail, { [UNREACHABLE]: byUser(missing) } as never),
      (error: unknown) => {
        const details = driver.processError(error);
        api.transport.reply(event.detail, { error: { message: "Not sent", ...details } } as never);
      },
    );
  });
}

function byUser(addresses: readonly Address[]): Record<string, string[]> {
  const users: Record<string, string[]> = {};
  for (const { userId, deviceId } of addresses) (users[userId] ??= []).push(deviceId);
  return users;
}
