import type { StoredAccount } from "@conclave/call";

import { TargetError } from "../errors.ts";
import { stringAt } from "../json.ts";
import type { AccountSource, SourceDeps } from "./AccountSource.ts";
import { sessionOf } from "./credentials.ts";
import type { GivenAccount } from "./parseAccountsFile.ts";

/** Accounts that somebody lends, in the order of their file; the first also serves the target itself. */
export function givenAccounts(deps: SourceDeps, accounts: readonly GivenAccount[]): AccountSource {
  const take = (botNumber: number): GivenAccount => {
    const account = accounts[botNumber];
    if (account) return account;
    throw new TargetError(
      "accounts_used_up",
      `Bot ${botNumber} finds no account: the file has ${accounts.length}, one for each bot is needed.`,
    );
  };
  return {
    origin: "given",
    accountOf: (botNumber) => openForBot(deps, take(botNumber)),
    async openKeeper() {
      const given = take(0);
      return {
        account: await open(deps, given),
        origin: "given",
        isAdmin: false,
        isBorrowed: given.login.type === "token",
      };
    },
  };
}

/**
 * Logs in, so that a wrong password shows before any bot starts. The bot's own session logs in once more, because keys
 * that are only in memory need a device of their own each time, and logs this one out.
 */
async function openForBot(deps: SourceDeps, given: GivenAccount): Promise<StoredAccount> {
  if (given.login.type === "password") return open(deps, given);
  throw new TargetError(
    "accounts_invalid",
    `${given.userId} has only an access token, but a bot needs a new device: give its password.`,
  );
}

async function open(deps: SourceDeps, given: GivenAccount): Promise<StoredAccount> {
  return given.login.type === "password"
    ? logIn(deps, given.userId, given.login.password.reveal())
    : checkToken(deps, given.userId, given.login.accessToken.reveal());
}

async function logIn(deps: SourceDeps, userId: string, password: string): Promise<StoredAccount> {
  const answer = await deps.api.sendPatiently({
    method: "POST",
    path: "/_matrix/client/v3/login",
    body: { type: "m.login.password", identifier: { type: "m.id.user", user: userId }, password },
  });
  if (!answer.isOk) throw wrong(`${userId} cannot log in: its password is not taken.`);
  return sessionOf(deps, answer.body, password);
}

async function checkToken(deps: SourceDeps, userId: string, token: string): Promise<StoredAccount> {
  const answer = await deps.api.sendPatiently({ method: "GET", path: "/_matrix/client/v3/account/whoami", token });
  const owner = stringAt(answer.body, "user_id");
  const deviceId = stringAt(answer.body, "device_id");
  if (!answer.isOk || owner === undefined) throw wrong(`The access token of ${userId} is not taken.`);
  if (owner !== userId) throw wrong(`The access token given for ${userId} is another user's.`);
  if (deviceId === undefined) throw wrong(`The access token of ${userId} belongs to no device.`);
  return { homeserverUrl: deps.api.baseUrl, userId, deviceId, accessToken: token };
}

function wrong(sentence: string): TargetError {
  return new TargetError("wrong_credentials", sentence);
}
