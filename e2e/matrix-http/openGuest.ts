import type { AccountStore, MatrixSession, StoredAccount } from "@conclave/call";
import { openMatrixHttp } from "@conclave/call/matrixHttp";
import { createHomeserver, type Homeserver } from "@conclave/homeserver";
import { Scope, silentLogger, systemClock } from "@conclave/kit";
import { onTestFinished } from "vitest";

const SERVER_NAME = "conclave.test";
const HOMESERVER_URL = `https://${SERVER_NAME}`;

/** The embedded homeserver in this process, reached through a `fetch` without a port. */
export interface TestHomeserver {
  readonly homeserver: Homeserver;
  readonly fetch: typeof globalThis.fetch;
  /** `METHOD path` of every request, in order. */
  readonly requests: readonly string[];
}

export function startHomeserver(): TestHomeserver {
  const homeserver = createHomeserver(
    {
      clock: systemClock,
      randomBytes: (lengthBytes) => crypto.getRandomValues(new Uint8Array(lengthBytes)),
      logger: silentLogger,
    },
    {
      serverName: SERVER_NAME,
      publicUrl: HOMESERVER_URL,
      databasePath: ":memory:",
      livekitServiceUrls: [`${HOMESERVER_URL}/livekit/jwt`],
    },
  );
  const requests: string[] = [];
  const fetch: typeof globalThis.fetch = (input, init) => {
    const request = new Request(input, init);
    requests.push(`${request.method} ${new URL(request.url).pathname}`);
    return abortable(homeserver.fetch(request, "127.0.0.1"), request.signal);
  };
  return { homeserver, fetch, requests };
}

/** The network ends a request when its caller gives up; a function call in one process does not by itself. */
function abortable(answer: Promise<Response>, signal: AbortSignal): Promise<Response> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    answer.then(resolve, reject);
  });
}

/** Keeps an account in memory. */
export class MemoryAccount implements AccountStore {
  current: StoredAccount | undefined;

  load(): Promise<StoredAccount | undefined> {
    return Promise.resolve(this.current);
  }

  save(account: StoredAccount): Promise<void> {
    this.current = account;
    return Promise.resolve();
  }

  clear(): Promise<void> {
    this.current = undefined;
    return Promise.resolve();
  }
}

export interface Guest {
  readonly session: MatrixSession;
  readonly scope: Scope;
}

/** Opens a session whose scope ends with the test. */
export async function openGuest(server: TestHomeserver, account: AccountStore = new MemoryAccount()): Promise<Guest> {
  const scope = new Scope();
  onTestFinished(() => scope.end());
  const session = await openMatrixHttp(
    { homeserverUrl: HOMESERVER_URL, account, cryptoStoreName: "e2e", fetch: server.fetch, logger: silentLogger },
    scope,
  );
  return { session, scope };
}
