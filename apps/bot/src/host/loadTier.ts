import { type Clock, type Logger, silentLogger } from "@conclave/kit";

import { userIdOf } from "../botIdentity.ts";
import type { BotMedia } from "../BotMedia.ts";
import { CallBot } from "../CallBot.ts";
import { botFetch } from "../target/botFetch.ts";
import type { Bot, BotSpec, BotTier, MediaProfile } from "../model.ts";
import type { BotMaking } from "./BotHost.ts";

export interface TierDeps {
  readonly clock: Clock;
  readonly randomBytes: (lengthBytes: number) => Uint8Array<ArrayBuffer>;
  readonly fetch: typeof globalThis.fetch;
}

interface MediaDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly randomBytes: TierDeps["randomBytes"];
  readonly numberOf: (identity: string) => number | undefined;
  readonly isStamping: (number: number) => boolean;
}

type OpenMedia = (deps: MediaDeps, spec: BotSpec, profile: MediaProfile) => BotMedia;

/** Loads what one tier needs, and nothing of the others: their native libraries and browsers are heavy. */
export async function loadTier(tier: BotTier, deps: TierDeps): Promise<(making: BotMaking) => Bot> {
  switch (tier) {
    case "protocol":
      return callBots(deps, (await import("../protocol/openProtocolMedia.ts")).openProtocolMedia);
    case "native":
      return callBots(deps, (await import("../native/index.ts")).openNativeMedia);
    default: {
      const { openBrowserBot } = await import("../browser/index.ts");
      return ({ account, directory, spec, place }) =>
        openBrowserBot({ clock: deps.clock, logger: silentLogger }, spec, place, {
          account,
          numberOf(userId, displayName) {
            directory.learnFromName(userId, displayName);
            return directory.numberOf(userId);
          },
        });
    }
  }
}

function callBots(deps: TierDeps, openMedia: OpenMedia): (making: BotMaking) => Bot {
  const { clock, randomBytes } = deps;
  const logger = silentLogger;
  return ({ account, directory, place, profile, spec }) => {
    const numberOf = (identity: string): number | undefined => directory.numberOf(userIdOf(identity));
    const isStamping = (number: number): boolean => directory.isStamping(number);
    const media = openMedia({ clock, logger, randomBytes, numberOf, isStamping }, spec, profile);
    const fetch = botFetch(deps.fetch, place.believesAddresses ? spec.number : undefined);
    return new CallBot({ clock, logger, fetch, randomBytes, media, account, directory }, spec, place);
  };
}
