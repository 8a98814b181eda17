import { MEMBERSHIP_EXPIRY_MS } from "./legacyMembership.ts";
import type { MembershipState } from "./membershipModel.ts";

/** Two signs of life fit into the delay even if one is lost. */
export const LEAVE_RESTART_MS = 4_000;
/** Refreshes come hourly although a membership lives four hours (matrixrtc.md 5.6). */
export const REFRESH_AFTER_MS = 3_595_000;
/** Without a delayed leave this bounds how long a device that vanished is listed. Clocks may differ by three minutes. */
export const UNPROTECTED_EXPIRY_MS = 300_000;
export const UNPROTECTED_REFRESH_MS = 120_000;

/** How far ahead a membership that is sent now ends. */
export function lifeMs({ usesDelayedLeave }: MembershipState): number {
  return usesDelayedLeave ? MEMBERSHIP_EXPIRY_MS : UNPROTECTED_EXPIRY_MS;
}

export function restartAtMs({ armed }: MembershipState): number | undefined {
  if (!armed || armed.isDue) return armed && 0;
  return armed.confirmedAtMs + Math.min(LEAVE_RESTART_MS, armed.delayMs / 2);
}

export function refreshAtMs({ published, usesDelayedLeave }: MembershipState): number | undefined {
  return published && published.sentAtMs + (usesDelayedLeave ? REFRESH_AFTER_MS : UNPROTECTED_REFRESH_MS);
}

/** When the delayed leave fires at the earliest, as far as we know. */
export function firesAtMs({ armed }: MembershipState): number | undefined {
  return armed && armed.confirmedAtMs + armed.delayMs;
}

export function isDue(atMs: number | undefined, nowMs: number): boolean {
  return atMs !== undefined && atMs <= nowMs;
}
