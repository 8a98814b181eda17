import type { MatrixEvent } from "matrix-js-sdk";
import type { IRoomEvent } from "matrix-widget-api";

import { ENCRYPTED_BY } from "./deviceExtension.ts";
import type { Devices } from "./Devices.ts";

type Sticky = Partial<Pick<MatrixEvent, "unstableStickyExpiresAt">>;

/** The event as if it had come in clear, with its room, and with the time that a sticky one has left now. */
export function rawEvent(event: MatrixEvent & Sticky): IRoomEvent {
  const raw = {
    ...event.getEffectiveEvent(),
    room_id: event.getRoomId() ?? "",
    // Only we say this; senders and servers may have put anything there.
    [ENCRYPTED_BY]: undefined,
  } as unknown as IRoomEvent;
  const expiresAtMs = event.unstableStickyExpiresAt;
  if (expiresAtMs === undefined) return raw;
  const ttlMs = Math.max(0, expiresAtMs - Date.now());
  return { ...raw, unsigned: { ...raw.unsigned, msc4354_sticky_duration_ttl_ms: ttlMs } };
}

/** The same, and the device that encrypted it, if one did. */
export async function provenEvent(event: MatrixEvent & Sticky, devices: Devices): Promise<IRoomEvent> {
  const encryptedBy = await devices.ofEvent(event);
  return { ...rawEvent(event), ...(encryptedBy && { [ENCRYPTED_BY]: encryptedBy }) };
}
