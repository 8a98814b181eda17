import { memberKey } from "@conclave/matrix-rtc";

import type { RosterDifference } from "../model.ts";
import type { RosterMismatch } from "./compareRoster.ts";

/** A join takes less, and a homeserver takes a device that vanished off the list in about this time. */
export const GHOST_AFTER_MS = 10_000;
/**
 * Somebody joins the SFU before its membership has come, and somebody who crashed may be gone for Matrix before the SFU
 * has noticed. Longer than that nobody is there by accident.
 */
export const LISTENER_AFTER_MS = 15_000;

/** Mismatches and the time since which each lasts. */
export interface AgedRoster {
  readonly differences: readonly RosterDifference[];
  readonly since: ReadonlyMap<string, number>;
  /** When a difference gets another name by time alone. */
  readonly nextChangeAtMs: number | undefined;
}

/**
 * Names each mismatch by how long it lasts: most are the ordinary moments of a join or a leave.
 *
 * @param before since when the mismatches of the last time last; times are of one clock, in ms
 */
export function ageMismatches(
  mismatches: readonly RosterMismatch[],
  before: ReadonlyMap<string, number>,
  nowMs: number,
): AgedRoster {
  const since = new Map<string, number>();
  const differences: RosterDifference[] = [];
  let nextChangeAtMs: number | undefined;
  for (const mismatch of mismatches) {
    const key = keyOf(mismatch);
    const sinceMs = before.get(key) ?? nowMs;
    since.set(key, sinceMs);
    const changesAtMs = sinceMs + (mismatch.kind === "absent" ? GHOST_AFTER_MS : LISTENER_AFTER_MS);
    if (changesAtMs > nowMs) nextChangeAtMs = Math.min(changesAtMs, nextChangeAtMs ?? changesAtMs);
    const difference = nameOf(mismatch, changesAtMs <= nowMs);
    if (difference) differences.push(difference);
  }
  return { differences, since, nextChangeAtMs };
}

function nameOf(mismatch: RosterMismatch, isOld: boolean): RosterDifference | undefined {
  if (mismatch.kind === "unlisted") {
    const { identity, serviceUrl } = mismatch;
    return isOld ? { kind: "silent_listener", identity, serviceUrl } : undefined;
  }
  return { kind: isOld ? "ghost" : "not_yet_connected", memberId: memberKey(mismatch.member) };
}

function keyOf(mismatch: RosterMismatch): string {
  return mismatch.kind === "absent"
    ? `member ${memberKey(mismatch.member)}`
    : `participant ${JSON.stringify([mismatch.serviceUrl, mismatch.identity])}`;
}
