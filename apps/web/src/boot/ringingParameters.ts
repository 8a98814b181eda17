import type { NotificationKind } from "@conclave/matrix-rtc";

import { readFlag } from "./lookParameters.ts";

/** What is to be done so that the others hear of a call. The names are those of Element Call, but for the last. */
export interface RingingParameters {
  readonly sendNotificationType: NotificationKind | undefined;
  readonly waitForCallPickup: boolean;
  readonly autoLeave: boolean;
  /** Ours: how long it rings. */
  readonly ringSeconds: number | undefined;
}

/** What holds where the address does not say. */
export type RingingDefaults = Omit<RingingParameters, "ringSeconds">;

const NOBODY: RingingDefaults = { sendNotificationType: undefined, waitForCallPickup: false, autoLeave: false };
/** Shorter, nobody gets to the phone; longer, no client rings. */
const RING_SECONDS = { least: 5, most: 120 };

/** Nonsense counts as absent. @see matrixrtc.md 12.5, 14.1 */
export function readRinging(parameters: URLSearchParams, defaults: RingingDefaults = NOBODY): RingingParameters {
  return {
    sendNotificationType: notificationOf(parameters.get("sendNotificationType")) ?? defaults.sendNotificationType,
    waitForCallPickup: readFlag(parameters, "waitForCallPickup", defaults.waitForCallPickup),
    autoLeave: readFlag(parameters, "autoLeave", defaults.autoLeave),
    ringSeconds: secondsOf(parameters.get("ringSeconds")),
  };
}

function notificationOf(value: string | null): NotificationKind | undefined {
  return value === "ring" || value === "notification" ? value : undefined;
}

function secondsOf(value: string | null): number | undefined {
  const seconds = Number(value);
  return seconds >= RING_SECONDS.least && seconds <= RING_SECONDS.most ? seconds : undefined;
}
