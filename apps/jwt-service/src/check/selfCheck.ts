import type { Clock } from "@conclave/kit";

import type { Finding, Homeservers, JwtServiceConfig } from "../ports.ts";
import { SfuCallFailed, type SfuRooms } from "../sfu.ts";

/** Tokens live ten minutes, and LiveKit takes them from a few seconds before. */
const TOLERATED_SKEW_MS = 30_000;
/** More named homeservers than this are not asked. */
const MAX_HOMESERVERS = 10;
/** The SFU tells of a new room at once; it tries again for some seconds. */
const WEBHOOK_PATIENCE_MS = 15_000;

export interface SelfCheckDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly sfu: SfuRooms;
  readonly homeservers: Homeservers;
}

/** What was seen of webhooks so far. */
export interface WebhookRecord {
  readonly good: number;
  readonly forged: number;
  /** When the SFU first had something to tell. */
  readonly expectedSinceMs: number | undefined;
}

type Config = Pick<JwtServiceConfig, "livekitUrl" | "livekitKey" | "fullAccessHomeservers">;

/** Looks for the mistakes that installations have, by asking the SFU and the homeservers. Changes nothing there. */
export async function selfCheck(
  deps: SelfCheckDeps,
  config: Config,
  webhooks: WebhookRecord,
): Promise<readonly Finding[]> {
  const [sfu, ...homeservers] = await Promise.all([
    checkSfu(deps, config),
    ...namedHomeservers(config).map((name) => checkHomeserver(deps, name)),
  ]);
  return [...sfu, ...homeservers.flat(), ...judgeWebhooks(webhooks, config, deps.clock.monotonicMs())];
}

async function checkSfu({ sfu, random }: SelfCheckDeps, config: Config): Promise<readonly Finding[]> {
  const room = `conclave-self-check-${random().toString(36).slice(2)}`;
  try {
    await sfu.listRooms(room);
  } catch (fault) {
    return [judgeSfuFault(fault, config)];
  }
  const isOpen = await sfu.canJoinMissingRoom(room).catch(() => undefined);
  if (isOpen !== true) return [];
  const sentence =
    "The SFU creates a room for any token (`room.auto_create` is on), so users of any homeserver can start calls on it: set `room.auto_create: false` in the SFU's configuration.";
  return [{ check: "auto_create_on", sentence }];
}

function judgeSfuFault(fault: unknown, { livekitUrl, livekitKey }: Config): Finding {
  if (!(fault instanceof SfuCallFailed)) {
    const sentence = `The SFU at ${livekitUrl} does not answer: start it, or correct LIVEKIT_URL.`;
    return { check: "sfu_unreachable", sentence };
  }
  if (fault.skewMs !== undefined && Math.abs(fault.skewMs) > TOLERATED_SKEW_MS)
    return clockOff("the SFU", fault.skewMs);
  if (fault.status === 401 || fault.status === 403) {
    const sentence = `The SFU refuses our signature: LIVEKIT_KEY (${livekitKey}) and LIVEKIT_SECRET must be a pair under \`keys\` in the SFU's configuration.`;
    return { check: "secret_refused", sentence };
  }
  const sentence = `What answers at ${livekitUrl} (status ${fault.status}) is not the room service of an SFU: correct LIVEKIT_URL, or the proxy before the SFU.`;
  return { check: "sfu_unreachable", sentence };
}

async function checkHomeserver({ homeservers }: SelfCheckDeps, name: string): Promise<readonly Finding[]> {
  if (!homeservers.probe) return [];
  try {
    const { skewMs } = await homeservers.probe(name);
    return skewMs !== undefined && Math.abs(skewMs) > TOLERATED_SKEW_MS ? [clockOff(name, skewMs)] : [];
  } catch (fault) {
    const why = fault instanceof Error ? fault.message : typeof fault;
    const sentence = `The homeserver ${name} cannot be asked who its users are (${why}): its federation port, or /.well-known/matrix/server, must be reachable from here.`;
    return [{ check: "homeserver_unreachable", sentence }];
  }
}

function clockOff(whose: string, skewMs: number): Finding {
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  const sentence = `The clock of ${whose} is ${seconds} s ${skewMs > 0 ? "ahead of" : "behind"} ours, so tokens are refused as expired or not yet valid: synchronise both clocks.`;
  return { check: "clock_off", sentence };
}

/** Names that can be asked; `*` is nobody in particular. */
function namedHomeservers({ fullAccessHomeservers }: Config): readonly string[] {
  return fullAccessHomeservers.filter((name) => name !== "*").slice(0, MAX_HOMESERVERS);
}

/** The part of the check that only time can make: whether the SFU tells us what happens. */
export function judgeWebhooks(
  record: WebhookRecord,
  { livekitKey }: Pick<Config, "livekitKey">,
  nowMs: number,
): readonly Finding[] {
  if (record.good > 0) return [];
  if (record.forged > 0) {
    const sentence = `Webhooks arrive but are not signed by us: \`webhook.api_key\` in the SFU's configuration must be ${livekitKey}, with the secret that LIVEKIT_SECRET holds.`;
    return [{ check: "webhook_refused", sentence }];
  }
  if (record.expectedSinceMs === undefined || nowMs - record.expectedSinceMs < WEBHOOK_PATIENCE_MS) return [];
  const sentence =
    "The SFU has never told us who comes and goes, so crashed participants stay in calls longer: set `webhook.urls` in its configuration to this service's address with /sfu_webhook at the end.";
  return [{ check: "webhook_missing", sentence }];
}
