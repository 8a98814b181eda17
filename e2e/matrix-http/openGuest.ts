import type { AccountStore, MatrixHttpOptions, MatrixSession, StoredAccount } from "@conclave/call";
import { openMatrixHttp } from "@conclave/call/matrixHttp";
import { createHomeserver } from "@conclave/homeserver";
import { Scope, silentLogger, systemClock } from "@conclave/kit";
import { onTestFinished } from "vitest";

/** Set it to a homeserver with open registration (Synapse) to run the same stories against that one. */
const PEER_URL = process.env["MATRIX_HTTP_HOMESERVER"];
/** `sliding` or `filtered`: which way of syncing the stories go. */
const SYNC = process.env["MATRIX_HTTP_SYNC"] as MatrixHttpOptions["sync"];
const EMBEDDED_URL = "https://conclave.test";

export interface TestHomeserver {
  readonly url: string;
  readonly fetch: typeof globalThis.fetch;
  /** `METHOD path` of every request, in order. */
  readonly requests: readonly string[];
}

/** The embedded homeserver in this process, reached through a `fetch` without a port; ends with the test. Or a running one. */
export function startHomeserver(peerUrl: string | undefined = PEER_URL): TestHomeserver {
  const requests: string[] = [];
  const answer = peerUrl === undefined ? startEmbedded() : globalThis.fetch;
  const fetch: typeof globalThis.fetch = (input, init) => {
    const request = new Request(input, init);
    requests.push(`${request.method} ${new URL(request.url).pathname}`);
    return answer(request);
  };
  return { url: peerUrl ?? EMBEDDED_URL, fetch, requests };
}

function startEmbedded(): (request: Request) => Promise<Response> {
  const homeserver = createHomeserver(
    {
      clock: systemClock,
      randomBytes: (lengthBytes) => crypto.getRandomValues(new Uint8Array(lengthBytes)),
      logger: silentLogger,
    },
    {
      serverName: new URL(EMBEDDED_URL).host,
      publicUrl: EMBEDDED_URL,
      databasePath: ":memory:",
      livekitServiceUrls: [`${EMBEDDED_URL}/livekit/jwt`],
    },
  );
  onTestFinished(() => homeserver.close());
  return (request) => abortable(homeserver.fetch(request, "127.0.0.1"), request.signal);
}

/** A link that no test has used before: a peer homeserver outlives the run. */
export function freshLink(): string {
  return `standup-${crypto.randomUUID()}`;
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

interface GuestOptions {
  readonly account?: AccountStore;
  readonly sync?: MatrixHttpOptions["sync"];
}

/** Opens a session whose scope ends with the test. */
export async function openGuest(
  server: TestHomeserver,
  { account = new MemoryAccount(), sync = SYNC }: GuestOptions = {},
): Promise<Guest> {
  const scope = new Scope();
  onTestFinished(() => scope.end());
  const session = await openMatrixHttp(
    {
      homeserverUrl: server.url,
      account,
      cryptoStoreName: "e2e",
      fetch: server.fetch,
      logger: silentLogger,
      ...(sync === undefined ? {} : { sync }),
    },
    scope,
  );
  return { session, scope };
}
