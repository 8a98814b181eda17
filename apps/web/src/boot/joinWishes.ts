import type { JoinOptions } from "@conclave/call";
import type { CallIntent } from "@conclave/matrix-rtc";

import type { RingingParameters } from "./ringingParameters.ts";

export type JoinWishes = Pick<JoinOptions, "intent" | "notify" | "waitForPickup" | "autoLeave">;

/** What the address wants of a join: whom to tell, and when to leave by itself. @see matrixrtc.md 12.5, 14.2 */
export function joinWishes(ringing: RingingParameters, callIntent?: CallIntent): JoinWishes {
  const { autoLeave, ringSeconds, sendNotificationType, waitForCallPickup } = ringing;
  const lifetime = ringSeconds === undefined ? {} : { lifetimeMs: ringSeconds * 1_000 };
  return {
    ...(callIntent && { intent: callIntent }),
    ...(sendNotificationType && { notify: { type: sendNotificationType, ...lifetime } }),
    waitForPickup: waitForCallPickup,
    autoLeave,
  };
}
