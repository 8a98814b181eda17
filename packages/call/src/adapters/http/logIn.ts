import { MatrixRtcError } from "@conclave/matrix-rtc";

import type { MatrixLogin, StoredAccount } from "../../matrixAccount.ts";
import { tokensOf } from "./AccountKeeper.ts";
import type { HomeserverClient } from "./HomeserverClient.ts";
import { recordAt, stringAt } from "./json.ts";

const DEVICE_NAME = "Conclave";
const TIMEOUT_MS = 15_000;
const REPETITIONS = 2;

/** An account on a device. */
export interface LoggedIn {
  readonly account: StoredAccount;
  /** Nobody has seen keys of this device yet. */
  readonly isNewDevice: boolean;
}

/**
 * Logs in as told.
 *
 * @throws {MatrixRtcError} `forbidden`: the password or token is wrong; `logged_out`: the access token has ended;
 *   `unsupported`: the device of the access token encrypts with keys that are elsewhere
 * @see Client-Server API, "Login"
 */
export function logIn(client: HomeserverClient, login: MatrixLogin, nowMs: number): Promise<LoggedIn> {
  return login.type === "access_token" ? adoptToken(client, login.accessToken) : newDevice(client, login, nowMs);
}

async function newDevice(
  client: HomeserverClient,
  login: Exclude<MatrixLogin, { type: "access_token" }>,
  nowMs: number,
): Promise<LoggedIn> {
  const proof =
    login.type === "password"
      ? {
          type: "m.login.password",
          identifier: { type: "m.id.user", user: login.user },
          password: login.password.reveal(),
        }
      : { type: "m.login.token", token: login.token.reveal() };
  const body = await client.json({
    method: "POST",
    path: "/_matrix/client/v3/login",
    auth: false,
    // A token opens once: if the answer is lost, so is the token.
    retries: login.type === "password" ? REPETITIONS : 0,
    timeoutMs: TIMEOUT_MS,
    body: { ...proof, initial_device_display_name: DEVICE_NAME, refresh_token: true },
  });
  const tokens = tokensOf(body, nowMs);
  const userId = stringAt(body, "user_id");
  const deviceId = stringAt(body, "device_id");
  if (userId === undefined || deviceId === undefined || !tokens)
    throw new MatrixRtcError("homeserver_refused", "The homeserver gave no device to the login");
  return { account: { homeserverUrl: client.baseUrl, userId, deviceId, ...tokens }, isNewDevice: true };
}

/** Published keys of a device cannot be replaced, so a device that has some can only be where its keys are. */
async function adoptToken(
  client: HomeserverClient,
  token: Extract<MatrixLogin, { type: "access_token" }>["accessToken"],
): Promise<LoggedIn> {
  const accessToken = token.reveal();
  const retries = REPETITIONS;
  const whoAmI = await client.json({
    method: "GET",
    path: "/_matrix/client/v3/account/whoami",
    accessToken,
    retries,
  });
  const userId = stringAt(whoAmI, "user_id");
  const deviceId = stringAt(whoAmI, "device_id");
  if (userId === undefined || deviceId === undefined)
    throw new MatrixRtcError("unsupported", "The access token belongs to no device");
  const path = "/_matrix/client/v3/keys/query";
  const body = { device_keys: { [userId]: [deviceId] } };
  const answer = await client.json({ method: "POST", path, accessToken, body, retries });
  if (deviceId in recordAt(recordAt(answer, "device_keys"), userId))
    throw new MatrixRtcError("unsupported", "The device of the access token has its keys elsewhere");
  return { account: { homeserverUrl: client.baseUrl, userId, deviceId, accessToken }, isNewDevice: true };
}
