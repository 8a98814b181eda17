import type { MembershipState } from "./membershipModel.ts";

/** Three signs of life fit into the delay, and 6 s of it may pass without one: an outage of 5 s takes nobody out. */
export const LEAVE_RESTART_MS = 3_000;
/** Refreshes come hourly although a membership of layer A lives four hours (matrixrtc.md 5.6). */
export const REFRESH_AFTER_MS = 3_595_000;
/** What a refresh has left to arrive where a membership lives no longer than the hour. */
const REFRESH_HEADROOM_MS = 5_000;
/** Without a delayed leave this bounds how long a device that vanished is listed. Clocks may differ by three minutes. */
export const UNPROTECTED_EXPIRY_MS = 300_000;
export const UNPROTECTED_REFRESH_MS = 120_000;

/** How far ahead a membership that is sent now ends. */
export function lifeMs({ usesDelayedLeave, protectedLifeMs }: MembershipState): number {
  return usesDelayedLeave ? protectedLifeMs : UNPROTECTED_EXPIRY_MS;
}

export function restartAtMs({ armed }: MembershipState): number | undefined {
  if (!armed || armed.isDue) return armed && 0;
  return armed.confirmedAtMs + Math.min(LEAVE_RESTART_MS, armed.delayMs / 2);
}

export function refreshAtMs({ published, usesDelayedLeave }: MembershipState): number | undefined {
  if (!published) return undefined;
  const afterMs = published.sentAtMs + (usesDelayedLeave ? REFRESH_AFTER_MS : UNPROTECTED_REFRESH_MS);
  return Math.min(afterMs, published.expiresAtMs - REFRESH_HEADROOM_MS);
}

/** When the delayed leave fires at the earliest, as far as we know. */
export function firesAtMs({ armed }: MembershipState): number | undefined {
  return armed && armed.confirmedAtMs + armed.delayMs;
}

export function isDue(atMs: number | undefined, nowMs: number): boolean {
  return atMs !== undefined && atMs <= nowMs;
}
