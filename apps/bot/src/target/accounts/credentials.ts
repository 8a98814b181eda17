import type { StoredAccount } from "@conclave/call";
import { toBase64, toHex } from "@conclave/kit";

import { TargetError } from "../errors.ts";
import { stringAt } from "../json.ts";
import type { SourceDeps } from "./AccountSource.ts";

const NAME_BYTES = 8;
const PASSWORD_BYTES = 24;

/** A name that nobody has and a password that nobody guesses. */
export function newCredentials({ randomBytes }: SourceDeps): { readonly username: string; readonly password: string } {
  return { username: `swarm-${toHex(randomBytes(NAME_BYTES))}`, password: toBase64(randomBytes(PASSWORD_BYTES)) };
}

/** The session in an answer to a registration or a login. @throws {TargetError} `not_a_homeserver` */
export function sessionOf({ api }: SourceDeps, body: unknown, password?: string): StoredAccount {
  const userId = stringAt(body, "user_id");
  const deviceId = stringAt(body, "device_id");
  const accessToken = stringAt(body, "access_token");
  if (userId === undefined || deviceId === undefined || accessToken === undefined) {
    throw new TargetError("not_a_homeserver", `${new URL(api.baseUrl).host} gave no session to an account.`);
  }
  return {
    homeserverUrl: api.baseUrl,
    userId,
    deviceId,
    accessToken,
    ...(password === undefined ? {} : { password }),
  };
}
