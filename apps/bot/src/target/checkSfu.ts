import type { StoredAccount } from "@conclave/call";
import type { Logger } from "@conclave/kit";
import { discoverTransports, MatrixRtcError } from "@conclave/matrix-rtc";

import { TargetError } from "./errors.ts";
import { guardHost, type HostGuard } from "./guardHost.ts";
import { arrayAt, isRecord, stringAt } from "./json.ts";
import { type ApiAnswer, describe, type MatrixApi, pathOf } from "./MatrixApi.ts";

const TRANSPORT_PATHS = [
  "/_matrix/client/unstable/org.matrix.msc4143/rtc/transports",
  "/_matrix/client/v1/rtc/transports",
] as const;
const FOCI = "org.matrix.msc4143.rtc_foci";
const WELL_KNOWN_TIMEOUT_MS = 5000;

export interface SfuCheck {
  readonly api: MatrixApi;
  readonly account: StoredAccount;
  /** A room that the account is in. */
  readonly roomId: string;
  readonly fallbackServiceUrl: string | undefined;
  /** The SFU may be on another machine than the homeserver: it is loaded as well. */
  readonly guard: HostGuard;
  readonly logger: Logger;
}

/**
 * Goes the way of a bot to the SFU once: transport, OpenID token, grant, the SFU's own check of it.
 *
 * @throws {TargetError} `no_sfu`, `half_configured`, `foreign_host`, `jwt_unreachable`, `jwt_refused`,
 *   `sfu_unreachable`, `sfu_refused`
 */
export async function checkSfu(check: SfuCheck): Promise<void> {
  const serviceUrl = await findService(check);
  await guardHost(serviceUrl, check.guard);
  const grant = await askForGrant(check, serviceUrl);
  await guardHost(grant.url, check.guard);
  await validateGrant(check, grant);
}

async function findService(check: SfuCheck): Promise<string> {
  const readTransports = (): Promise<readonly unknown[]> => announced(check);
  let wellKnown: unknown;
  const readWellKnownFoci = async (): Promise<readonly unknown[]> => {
    wellKnown = await readWellKnown(check);
    return arrayAt(wellKnown, FOCI);
  };
  try {
    const [best] = await discoverTransports(
      { matrix: { readTransports, readWellKnownFoci }, logger: check.logger },
      check.fallbackServiceUrl,
    );
    if (best) return best.serviceUrl;
  } catch (fault) {
    if (!(fault instanceof MatrixRtcError)) throw fault;
  }
  throw explainMissing(check.api, wellKnown);
}

async function announced({ api, account }: SfuCheck): Promise<readonly unknown[]> {
  for (const path of TRANSPORT_PATHS) {
    const answer = await api.sendPatiently({ method: "GET", path, token: account.accessToken });
    if (!answer.isOk) continue;
    const entries = arrayAt(answer.body, "rtc_transports");
    return entries.length > 0 ? entries : arrayAt(answer.body, "transports");
  }
  return [];
}

/** By the name in user ids first, then at the configured address, as bots look for it. */
async function readWellKnown({ api, account }: SfuCheck): Promise<unknown> {
  const serverName = account.userId.slice(account.userId.indexOf(":") + 1);
  const own = new URL(api.baseUrl);
  const origins = own.host === serverName ? [own.origin] : [`https://${serverName}`, own.origin];
  for (const origin of origins) {
    const path = `${origin}/.well-known/matrix/client`;
    const answer = await api.send({ method: "GET", path, timeoutMs: WELL_KNOWN_TIMEOUT_MS }).catch(() => undefined);
    if (answer?.isOk && isRecord(answer.body)) return answer.body;
  }
  return undefined;
}

function explainMissing(api: MatrixApi, wellKnown: unknown): TargetError {
  const { host } = new URL(api.baseUrl);
  const remedy = "name the authorisation service in one of them";
  if (wellKnown === undefined) {
    return new TargetError(
      "no_sfu",
      `${host} announces no SFU, neither by RTC transports nor in its well-known file: ${remedy}.`,
    );
  }
  const isNamed = arrayAt(wellKnown, FOCI).length > 0;
  return new TargetError(
    "half_configured",
    `${host} has a well-known file, but ${isNamed ? `none of its ${FOCI} is a livekit transport with a service URL` : `it has no ${FOCI}`}: ${remedy}.`,
  );
}

interface Grant {
  readonly url: string;
  readonly jwt: string;
}

/** The service's two routes; the older one first, because all deployed services have it. */
async function askForGrant(check: SfuCheck, serviceUrl: string): Promise<Grant> {
  const openId = await requestOpenId(check);
  const { account, roomId } = check;
  const bodies: readonly (readonly [string, object])[] = [
    ["/sfu/get", { room: roomId, openid_token: openId, device_id: account.deviceId }],
    [
      "/get_token",
      {
        room_id: roomId,
        slot_id: "m.call#ROOM",
        openid_token: openId,
        member: { id: "swarm-check", claimed_user_id: account.userId, claimed_device_id: account.deviceId },
      },
    ],
  ];
  for (const [route, body] of bodies) {
    const answer = await askService(check.api, serviceUrl + route, body);
    if (answer.status === 404 || answer.status === 405) continue;
    return readGrant(answer, serviceUrl);
  }
  throw new TargetError(
    "jwt_unreachable",
    `There is no authorisation service at ${serviceUrl}: check the announced address.`,
  );
}

async function requestOpenId({ api, account }: SfuCheck): Promise<object> {
  const path = `${pathOf("/_matrix/client/v3/user", account.userId)}/openid/request_token`;
  const body = await api.json({ method: "POST", path, token: account.accessToken, body: {} });
  if (isRecord(body) && stringAt(body, "access_token") !== undefined) return body;
  throw new TargetError("not_a_homeserver", `${new URL(api.baseUrl).host} gives no OpenID token.`);
}

async function askService(api: MatrixApi, url: string, body: object): Promise<ApiAnswer> {
  try {
    return await api.sendPatiently({ method: "POST", path: url, body });
  } catch (cause) {
    if (!(cause instanceof TargetError) || cause.code !== "unreachable") throw cause;
    const { host } = new URL(url);
    throw new TargetError("jwt_unreachable", `The authorisation service at ${host} does not answer: is it running?`, {
      cause,
      retryable: true,
    });
  }
}

function readGrant(answer: ApiAnswer, serviceUrl: string): Grant {
  const [url, jwt] = [stringAt(answer.body, "url"), stringAt(answer.body, "jwt")];
  if (answer.isOk && url !== undefined && jwt !== undefined && /^(wss?|https?):/.test(url)) return { url, jwt };
  throw new TargetError(
    "jwt_refused",
    `The authorisation service at ${new URL(serviceUrl).host} gives no grant (${describe(answer)}): can it reach the homeserver and the SFU, and does it trust both?`,
  );
}

async function validateGrant({ api }: SfuCheck, { url, jwt }: Grant): Promise<void> {
  const { host } = new URL(url);
  const path = `${url.replace(/^ws/, "http").replace(/\/+$/, "")}/rtc/validate`;
  const answer = await api.send({ method: "GET", path, token: jwt }).catch((cause: unknown) => {
    throw new TargetError("sfu_unreachable", `The SFU at ${host} does not answer: is it running?`, {
      cause,
      retryable: true,
    });
  });
  if (answer.isOk) return;
  throw new TargetError(
    "sfu_refused",
    `The SFU at ${host} refuses a grant of its authorisation service (${answer.status}): do both have the same key and secret?`,
  );
}
