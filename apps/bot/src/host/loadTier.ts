import { type Clock, type Logger, silentLogger } from "@conclave/kit";

import { userIdOf } from "../botIdentity.ts";
import type { BotMedia } from "../BotMedia.ts";
import { CallBot } from "../CallBot.ts";
import type { Bot, BotSpec, BotTier, MediaProfile } from "../model.ts";
import type { BotMaking } from "./BotHost.ts";

export interface TierDeps {
  readonly clock: Clock;
  readonly randomBytes: (lengthBytes: number) => Uint8Array<ArrayBuffer>;
  readonly fetchFor: (botNumber: number) => typeof globalThis.fetch;
}

interface MediaDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly randomBytes: TierDeps["randomBytes"];
  readonly numberOf: (identity: string) => number | undefined;
}

type OpenMedia = (deps: MediaDeps, spec: BotSpec, profile: MediaProfile) => BotMedia;

/** Loads what one tier needs, and nothing of the others: their native libraries and browsers are heavy. */
export async function loadTier(tier: BotTier, deps: TierDeps): Promise<(making: BotMaking) => Bot> {
  switch (tier) {
    case "protocol":
      return callBots(deps, (await import("../protocol/openProtocolMedia.ts")).openProtocolMedia);
    case "native":
      return callBots(deps, (await import("../native/index.ts")).openNativeMedia);
    case "browser": {
      const { openBrowserBot } = await import("../browser/index.ts");
      return ({ spec, place, numberOf }) =>
        openBrowserBot({ clock: deps.clock, logger: silentLogger }, spec, place, { numberOf });
    }
  }
}

function callBots({ clock, fetchFor, randomBytes }: TierDeps, openMedia: OpenMedia): (making: BotMaking) => Bot {
  return ({ account, numberOf, place, profile, spec }) => {
    const numberOfIdentity = (identity: string): number | undefined => numberOf(userIdOf(identity));
    const media = openMedia({ clock, logger: silentLogger, randomBytes, numberOf: numberOfIdentity }, spec, profile);
    const fetch = fetchFor(spec.number);
    return new CallBot({ clock, logger: silentLogger, fetch, randomBytes, media, account, numberOf }, spec, place);
  };
}
