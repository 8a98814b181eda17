import { toBase64, toHex } from "@conclave/kit";
import { MatrixRtcError } from "@conclave/matrix-rtc";

import type { StoredAccount } from "../../matrixAccount.ts";
import type { HomeserverClient } from "./HomeserverClient.ts";
import { HomeserverRefusal } from "./httpError.ts";
import { arrayAt, isRecord, stringAt } from "./json.ts";

const NAME_BYTES = 8;
const PASSWORD_BYTES = 24;
const DEVICE_NAME = "Conclave";
const DUMMY_STAGE = "m.login.dummy";
/** Random names collide practically never; a server that says so again and again has another reason. */
const MAX_NAMES = 3;
const REGISTER_TIMEOUT_MS = 15_000;
const REPETITIONS = 2;

export interface GuestDeps {
  readonly client: HomeserverClient;
  readonly randomBytes: (lengthBytes: number) => Uint8Array<ArrayBuffer>;
}

/**
 * Registers a guest with a random name and password. One request where the server takes the dummy stage at once,
 * two where it wants its session back. Repeated where no answer came: an account that was made is not lost with it.
 *
 * @throws {MatrixRtcError} `forbidden` (registration is closed), `unsupported` (it wants more than a dummy stage)
 * @see Client-Server API, "POST /register" and "User-Interactive Authentication"
 */
export async function registerGuest(deps: GuestDeps): Promise<StoredAccount> {
  for (let attempt = 1; ; attempt++) {
    const username = `guest-${toHex(deps.randomBytes(NAME_BYTES))}`;
    const password = toBase64(deps.randomBytes(PASSWORD_BYTES));
    try {
      return await registerAs(deps.client, username, password);
    } catch (error) {
      const isTaken = error instanceof HomeserverRefusal && error.refusal.errcode === "M_USER_IN_USE";
      if (!isTaken) throw error;
      // Who it opens for has taken it: the answer to our own request was lost.
      const own = await logIn(deps.client, username, password);
      if (own) return { homeserverUrl: deps.client.baseUrl, password, ...own };
      if (attempt === MAX_NAMES) throw error;
    }
  }
}

/**
 * Logs the stored user in again as a new device.
 *
 * @returns `undefined` if there is no password or it is not taken any more
 */
export async function loginAgain(client: HomeserverClient, stored: StoredAccount): Promise<StoredAccount | undefined> {
  if (stored.password === undefined) return undefined;
  const credentials = await logIn(client, stored.userId, stored.password);
  return credentials && { ...stored, ...credentials };
}

type Credentials = Pick<StoredAccount, "userId" | "deviceId" | "accessToken">;

/** @param user the whole id, or what is before its colon */
async function logIn(client: HomeserverClient, user: string, password: string): Promise<Credentials | undefined> {
  try {
    const body = await client.json({
      method: "POST",
      path: "/_matrix/client/v3/login",
      auth: false,
      retries: REPETITIONS,
      timeoutMs: REGISTER_TIMEOUT_MS,
      body: {
        type: "m.login.password",
        identifier: { type: "m.id.user", user },
        password,
        initial_device_display_name: DEVICE_NAME,
      },
    });
    return credentialsOf(body);
  } catch (error) {
    if (error instanceof MatrixRtcError && !error.retryable) return undefined;
    throw error;
  }
}

async function registerAs(client: HomeserverClient, username: string, password: string): Promise<StoredAccount> {
  const register = async (session: string | undefined): Promise<StoredAccount> => {
    const body = await client.json({
      method: "POST",
      path: "/_matrix/client/v3/register",
      auth: false,
      // A name that is taken afterwards is looked into by the caller.
      retries: REPETITIONS,
      timeoutMs: REGISTER_TIMEOUT_MS,
      body: {
        auth: { type: DUMMY_STAGE, ...(session === undefined ? {} : { session }) },
        username,
        password,
        inhibit_login: false,
        initial_device_display_name: DEVICE_NAME,
      },
    });
    return { homeserverUrl: client.baseUrl, password, ...credentialsOf(body) };
  };
  try {
    return await register(undefined);
  } catch (error) {
    return register(sessionToContinue(error));
  }
}

/** The UIA session of a 401, if the dummy stage alone completes one of its flows. */
function sessionToContinue(error: unknown): string {
  if (!(error instanceof HomeserverRefusal) || error.refusal.status !== 401) throw error;
  const session = stringAt(error.refusal.body, "session");
  const hasDummyFlow = arrayAt(error.refusal.body, "flows").some((flow) => {
    const stages = arrayAt(flow, "stages");
    return isRecord(flow) && stages.length === 1 && stages[0] === DUMMY_STAGE;
  });
  if (session === undefined || !hasDummyFlow) {
    throw new MatrixRtcError("unsupported", "The homeserver asks guests for more than a name", { cause: error });
  }
  return session;
}

function credentialsOf(body: unknown): Credentials {
  const userId = stringAt(body, "user_id");
  const deviceId = stringAt(body, "device_id");
  const accessToken = stringAt(body, "access_token");
  if (userId === undefined || deviceId === undefined || accessToken === undefined) {
    throw new MatrixRtcError("homeserver_refused", "The homeserver gave no device to the new account");
  }
  return { userId, deviceId, accessToken };
}
