import { type Clock, type Logger, type Scope, systemClock } from "@conclave/kit";
import type { DeviceId, MatrixPort, RoomId, UserId } from "@conclave/matrix-rtc";

import { Agreement } from "./widget/Agreement.ts";
import { callCapabilities } from "./widget/capabilities.ts";
import type { WidgetHost } from "./widget/WidgetHost.ts";
import { WidgetSession } from "./widget/WidgetSession.ts";

export { WidgetHost, type WidgetHostOptions } from "./widget/WidgetHost.ts";
export { HostRefusal } from "./widget/HostRefusal.ts";
export { parentOrigin } from "./widget/parentOrigin.ts";
export type { RequestOptions, WidgetData, WidgetHandler, WidgetWindow, WindowMessage } from "./widget/ports.ts";

export interface MatrixWidgetOptions {
  /** The page around us; other actions than Matrix ones stay the caller's. */
  readonly host: WidgetHost;
  /** The host's account and device, and the room that the widget belongs to. */
  readonly userId: string;
  readonly deviceId: string;
  readonly roomId: string;
  /** The host's homeserver, for what needs no account; without it the host's word has to do. */
  readonly baseUrl?: string;
  /** Asked for besides what a call needs. */
  readonly capabilities?: readonly string[];
  readonly fetch: typeof globalThis.fetch;
  readonly logger: Logger;
  /** The system's clock unless told otherwise. */
  readonly clock?: Clock;
}

/**
 * Makes calls as a widget: rooms, sending and encryption are those of the client that embeds the page. Nothing is logged in
 * here, and no keys of a device are held.
 *
 * The host begins the negotiation; what is asked before waits for it. Announce yourself with `content_loaded` afterwards.
 *
 * @see docs/adr/0006-widget-adapter.md
 */
export function openMatrixWidget(options: MatrixWidgetOptions, scope: Scope): MatrixPort {
  const { baseUrl, capabilities = [], clock = systemClock, fetch, host, logger } = options;
  const self = { userId: options.userId as UserId, deviceId: options.deviceId as DeviceId };
  const roomId = options.roomId as RoomId;
  const agreement = new Agreement({ host, clock }, [...callCapabilities(self, roomId), ...capabilities], scope);
  return new WidgetSession({ host, agreement, self, roomId, baseUrl, fetch, clock, logger, scope });
}
