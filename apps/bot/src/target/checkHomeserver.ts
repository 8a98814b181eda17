import { TargetError } from "./errors.ts";
import { isRecord } from "./json.ts";
import type { MatrixApi } from "./MatrixApi.ts";

/** Asks whether a Matrix homeserver is there. @throws {TargetError} `unreachable`, `not_a_homeserver` */
export async function checkHomeserver(api: MatrixApi): Promise<void> {
  const answer = await api.sendPatiently({ method: "GET", path: "/_matrix/client/versions" });
  if (answer.isOk && isRecord(answer.body) && Array.isArray(answer.body["versions"])) return;
  throw new TargetError(
    "not_a_homeserver",
    `${new URL(api.baseUrl).host} answers, but not as a Matrix homeserver does (${answer.status}): give the base URL of its client API.`,
  );
}
