import type { MatrixEvent } from "matrix-js-sdk";

import { type SyncEvent, tryParseEvent } from "../http/parseSync.ts";

/** The part of an event of the SDK that a call needs. */
export type SdkEvent = Pick<MatrixEvent, "event" | "getType" | "getContent"> &
  Partial<Pick<MatrixEvent, "unstableStickyInfo" | "unstableStickyExpiresAt">>;

/**
 * Reads an event of the SDK as if it had just arrived in clear; `undefined` if it lacks what every event has, such as
 * one that is still on its way out. How long a sticky event lasts is counted from `nowMs`.
 */
export function toSyncEvent(event: SdkEvent, nowMs: number): SyncEvent | undefined {
  const parsed = tryParseEvent({ ...event.event, type: event.getType(), content: event.getContent() });
  if (!parsed) return undefined;
  const { sticky: _stale, ...lasting } = parsed;
  const { unstableStickyInfo: info, unstableStickyExpiresAt: expiresAtMs } = event;
  if (!info || expiresAtMs === undefined) return lasting;
  return { ...lasting, sticky: { durationMs: info.duration_ms, ttlMs: Math.max(0, expiresAtMs - nowMs) } };
}
