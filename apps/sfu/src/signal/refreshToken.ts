import type { Clock, Logger } from "@conclave/kit";
import { renewAccessToken } from "@conclave/livekit-wire/renew";

import type { Participant } from "../room/Participant.ts";
import { every } from "../room/every.ts";

const REFRESH_INTERVAL_MS = 300_000;
/** Long enough to outlive one missed refresh; short, because it is all that a removed participant keeps. */
const TOKEN_LIFETIME_MS = 600_000;

/** Gives a client a token for its reconnects, now and from time to time. */
export function refreshToken(
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
  participant: Participant,
  keys: Readonly<Record<string, string>>,
): void {
  const refresh = (): void => {
    const renewal = { nowMs: clock.nowMs(), lifetimeMs: TOKEN_LIFETIME_MS };
    renewAccessToken(participant.grant, keys, renewal).then(
      (token) => participant.send({ case: "refreshToken", value: token }),
      () => logger.warn("token not renewed", { participant: participant.sid }),
    );
  };
  refresh();
  every(clock, REFRESH_INTERVAL_MS, participant.scope, refresh);
}
