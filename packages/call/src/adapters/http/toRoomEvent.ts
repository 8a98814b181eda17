import type { RoomEvent } from "@conclave/matrix-rtc";

import type { SyncEvent } from "./parseSync.ts";
import { stickyUntilMs } from "./StickyEvents.ts";

/** The event as the port shows it, without what only this adapter needs. */
export function toRoomEvent(event: SyncEvent, nowMs: number): RoomEvent {
  const { type, eventId, sender, originServerTsMs, content, encryptedBy, redacts, sticky } = event;
  return {
    type,
    eventId,
    sender,
    originServerTsMs,
    content,
    ...(sticky ? { stickyForMs: Math.max(0, stickyUntilMs(originServerTsMs, sticky, nowMs) - nowMs) } : {}),
    ...(redacts === undefined ? {} : { redacts }),
    ...(encryptedBy === undefined ? {} : { encryptedBy }),
  };
}
