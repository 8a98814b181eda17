import { ClientEvent, createClient, type IStartClientOpts, type MatrixClient } from "matrix-js-sdk";
import { logger } from "matrix-js-sdk/lib/logger.js";
import { onTestFinished } from "vitest";

import { MemoryAccount, openGuest, type TestHomeserver } from "../matrix-http/openGuest.ts";

// Parts of matrix-js-sdk ignore the logger that they are given.
(logger as unknown as { setLevel(level: string): void }).setLevel("silent");
const quiet = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, getChild: () => quiet };

/** A client as Element Call has it, on an account of its own; stops with the test. */
export async function startClient(server: TestHomeserver, options?: IStartClientOpts): Promise<MatrixClient> {
  const client = await prepareClient(server);
  await client.startClient(options);
  await new Promise((resolve) => void client.once(ClientEvent.Sync, resolve));
  return client;
}

/** A client that can encrypt and has not been started yet. */
export async function prepareClient(server: TestHomeserver): Promise<MatrixClient> {
  const account = new MemoryAccount();
  const guest = await openGuest(server, { account });
  await guest.scope.end();
  const login = await server.fetch(`${server.url}/_matrix/client/v3/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      type: "m.login.password",
      identifier: { type: "m.id.user", user: account.current?.userId },
      password: account.current?.password,
    }),
  });
  const { access_token, device_id } = (await login.json()) as { access_token: string; device_id: string };
  const client = createClient({
    baseUrl: server.url,
    userId: account.current?.userId ?? "",
    deviceId: device_id,
    accessToken: access_token,
    fetchFn: server.fetch,
    logger: quiet,
  });
  onTestFinished(() => client.stopClient());
  await client.initRustCrypto({ useIndexedDB: false });
  return client;
}
