import type { Clock, Logger } from "@conclave/kit";
import { renewAccessToken } from "@conclave/livekit-wire/renew";

import type { Participant } from "../room/Participant.ts";
import { every } from "../room/every.ts";

const REFRESH_INTERVAL_MS = 300_000;
/** Long enough to outlive one missed refresh; short, because it is all that a removed participant keeps. */
const TOKEN_LIFETIME_MS = 600_000;

export interface TokenDeps {
  readonly clock: Clock;
  readonly logger: Logger;
}

type Keys = Readonly<Record<string, string>>;

/** Gives a client a token for its reconnects: now, when its claims have changed, and from time to time. */
export function refreshToken(deps: TokenDeps, participant: Participant, keys: Keys): void {
  const refresh = (): void => sendToken(deps, participant, keys);
  refresh();
  participant.grantChanged.on(participant.scope, refresh);
  every(deps.clock, REFRESH_INTERVAL_MS, participant.scope, refresh);
}

/** Gives a client one token for its reconnects. */
export function sendToken({ clock, logger }: TokenDeps, participant: Participant, keys: Keys): void {
  const renewal = { nowMs: clock.nowMs(), lifetimeMs: TOKEN_LIFETIME_MS };
  renewAccessToken(participant.grant, keys, renewal).then(
    (token) => participant.send({ case: "refreshToken", value: token }),
    () => logger.warn("token not renewed", { participant: participant.sid }),
  );
}
