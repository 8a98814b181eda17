import type { JoinOptions } from "@conclave/call";
import type { CallIntent } from "@conclave/matrix-rtc";

import type { PageParameters } from "./pageParameters.ts";

export type JoinWishes = Pick<JoinOptions, "intent" | "notify" | "waitForPickup" | "autoLeave" | "sharedSecret">;

/**
 * What the address wants of a join: whom to tell, when to leave by itself, and with what to encrypt.
 *
 * @see matrixrtc.md 11.8, 12.5, 14.2
 */
export function joinWishes(
  { password, ringing }: Pick<PageParameters, "password" | "ringing">,
  callIntent?: CallIntent,
): JoinWishes {
  const { autoLeave, ringSeconds, sendNotificationType, waitForCallPickup } = ringing;
  const lifetime = ringSeconds === undefined ? {} : { lifetimeMs: ringSeconds * 1_000 };
  return {
    ...(password && { sharedSecret: password }),
    ...(callIntent && { intent: callIntent }),
    ...(sendNotificationType && { notify: { type: sendNotificationType, ...lifetime } }),
    waitForPickup: waitForCallPickup,
    autoLeave,
  };
}
