import { TargetError } from "./errors.ts";
import { isRecord, recordAt, stringAt } from "./json.ts";
import type { MatrixApi } from "./MatrixApi.ts";

/** What a web app of ours says of the servers behind it. @see apps/web/src/boot/appConfig.ts */
export interface Site {
  readonly homeserverUrl: string;
  /** Used where the homeserver names no SFU. */
  readonly serviceUrl?: string;
  /** Part after the colon in user ids and aliases, where the site says so. */
  readonly serverName?: string;
}

/** Reads `/config.json` of the origin. @throws {TargetError} `not_a_link`, `unreachable` */
export async function readSite(api: MatrixApi): Promise<Site> {
  const answer = await api.sendPatiently({ method: "GET", path: "/config.json" });
  const { host, origin } = new URL(api.baseUrl);
  if (!answer.isOk || !isRecord(answer.body)) {
    throw new TargetError(
      "not_a_link",
      `${host} has no call app of ours, whose /config.json would name the homeserver.`,
    );
  }
  const serviceUrl = stringAt(answer.body, "livekitServiceUrl");
  const serverName = stringAt(recordAt(recordAt(answer.body, "default_server_config"), "m.homeserver"), "server_name");
  return {
    homeserverUrl: (stringAt(answer.body, "homeserverUrl") ?? origin).replace(/\/+$/, ""),
    ...(serviceUrl === undefined ? {} : { serviceUrl }),
    ...(serverName === undefined ? {} : { serverName }),
  };
}
