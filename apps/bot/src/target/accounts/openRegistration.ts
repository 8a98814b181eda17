import type { StoredAccount } from "@conclave/call";

import { TargetError } from "../errors.ts";
import { arrayAt, stringAt } from "../json.ts";
import { describe, type ApiAnswer } from "../MatrixApi.ts";
import type { AccountSource, SourceDeps } from "./AccountSource.ts";
import { newCredentials, sessionOf } from "./credentials.ts";

const DUMMY_STAGE = "m.login.dummy";

/**
 * Accounts that anybody may register. Bots register theirs when they open their session, as guests of a link do.
 *
 * @see Client-Server API, "POST /register"
 */
export function openRegistration(deps: SourceDeps): AccountSource {
  return {
    origin: "made",
    accountOf: () => Promise.resolve(undefined),
    openKeeper: async () => ({
      account: await register(deps),
      origin: "made",
      isAdmin: false,
      isBorrowed: false,
    }),
  };
}

async function register(deps: SourceDeps): Promise<StoredAccount> {
  const { username, password } = newCredentials(deps);
  const attempt = (session?: string): Promise<ApiAnswer> =>
    deps.api.sendPatiently({
      method: "POST",
      path: "/_matrix/client/v3/register",
      body: { username, password, auth: { type: DUMMY_STAGE, ...(session === undefined ? {} : { session }) } },
    });
  let answer = await attempt();
  // A server that keeps sessions wants its own back.
  if (answer.status === 401 && isDummyEnough(answer)) answer = await attempt(stringAt(answer.body, "session"));
  if (answer.isOk) return sessionOf(deps, answer.body, password);
  throw closed(deps, answer);
}

function isDummyEnough({ body }: ApiAnswer): boolean {
  return arrayAt(body, "flows").some((flow) => {
    const stages = arrayAt(flow, "stages");
    return stages.length === 1 && stages[0] === DUMMY_STAGE;
  });
}

function closed({ api }: SourceDeps, answer: ApiAnswer): TargetError {
  const why = answer.status === 401 ? "asks for more than a name" : `answered ${describe(answer)}`;
  return new TargetError(
    "registration_closed",
    `${new URL(api.baseUrl).host} registers no guests (it ${why}): give --shared-secret-file or --accounts.`,
  );
}
