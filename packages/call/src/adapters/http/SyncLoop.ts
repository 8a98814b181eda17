import { type Clock, type Logger, type ReadonlySignal, type Scope, signal, sleep } from "@conclave/kit";
import { MatrixRtcError } from "@conclave/matrix-rtc";

import type { HomeserverClient } from "./HomeserverClient.ts";
import { parseSync, type SyncDelta } from "./parseSync.ts";
import { SYNC_FILTER } from "./syncFilter.ts";

const LONG_POLL_MS = 30_000;
/** What an answer may take beyond the long poll. */
const ANSWER_MS = 15_000;
const MAX_SYNC_BYTES = 64 * 1024 * 1024;
/** The first answer decides whether the stored account works: worth a second try before the loop's own patience. */
const FIRST_RETRIES = 2;
const FIRST_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 15_000;

export interface SyncLoopDeps {
  readonly client: HomeserverClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly scope: Scope;
  /** Takes what has arrived. Resolves when the server may forget its to-device messages. */
  readonly onDelta: (delta: SyncDelta, isFirst: boolean) => Promise<void>;
}

/** One `/sync` request. Without `since` it answers at once and with everything. */
export async function syncOnce(client: HomeserverClient, since?: string): Promise<SyncDelta> {
  const timeoutMs = since === undefined ? 0 : LONG_POLL_MS;
  const body = await client.json({
    method: "GET",
    path: "/_matrix/client/v3/sync",
    query: {
      filter: SYNC_FILTER,
      timeout: String(timeoutMs),
      set_presence: "offline",
      "org.matrix.msc4222.use_state_after": "true",
      use_state_after: "true",
      ...(since === undefined ? {} : { since }),
    },
    timeoutMs: timeoutMs + ANSWER_MS,
    retries: since === undefined ? FIRST_RETRIES : 0,
    maxBodyBytes: MAX_SYNC_BYTES,
  });
  return parseSync(body);
}

/** Asks the homeserver for news, for ever, until the scope ends or the account is logged out. */
export class SyncLoop {
  readonly #deps: SyncLoopDeps;
  readonly #isSyncing = signal(true);

  constructor(deps: SyncLoopDeps) {
    this.#deps = deps;
  }

  /** False from a failed request until the next good one. */
  get isSyncing(): ReadonlySignal<boolean> {
    return this.#isSyncing;
  }

  /** Runs until the scope ends; never rejects. `first` is an answer that is already here. */
  async run(first?: SyncDelta): Promise<void> {
    const { scope } = this.#deps;
    let since: string | undefined;
    let arrived = first;
    while (!scope.isEnded) {
      const delta = arrived ?? (await this.#nextDelta(since));
      arrived = undefined;
      if (!delta) return;
      await this.#handOut(delta, since === undefined);
      since = delta.nextBatch;
    }
  }

  /** One answer that cannot be taken must not end the loop. */
  async #handOut(delta: SyncDelta, isFirst: boolean): Promise<void> {
    try {
      await this.#deps.onDelta(delta, isFirst);
    } catch (error) {
      this.#deps.logger.error("a sync could not be taken", { error });
    }
  }

  /** The next answer, however long it takes; `undefined` when the scope has ended or the account is logged out. */
  async #nextDelta(since: string | undefined): Promise<SyncDelta | undefined> {
    const { client, scope } = this.#deps;
    for (let failures = 0; !scope.isEnded; failures++) {
      try {
        const delta = await syncOnce(client, since);
        this.#isSyncing.set(true);
        return delta;
      } catch (error) {
        if (scope.isEnded) return undefined;
        this.#isSyncing.set(false);
        if (this.#isFinal(error)) return undefined;
        await this.#pause(error, failures);
      }
    }
    return undefined;
  }

  #isFinal(error: unknown): boolean {
    if (!(error instanceof MatrixRtcError) || error.code !== "logged_out") return false;
    this.#deps.logger.warn("logged out by the homeserver");
    return true;
  }

  async #pause(error: unknown, failures: number): Promise<void> {
    const { clock, logger, scope } = this.#deps;
    const backoffMs = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(failures, 10));
    const waitMs = Math.max(backoffMs, (error instanceof MatrixRtcError ? error.retryAfterMs : 0) ?? 0);
    logger.debug("sync failed", { error, failures, waitMs });
    const pause = scope.child();
    wakeWhenOnline(pause);
    try {
      await sleep(clock, waitMs, pause.signal);
    } catch {
      // Woken early: back online, or the scope has ended and the loop sees it.
    }
    await pause.end();
  }
}

/** Ends the pause as soon as a browser says that there is a network again. */
function wakeWhenOnline(pause: Scope): void {
  if (typeof globalThis.addEventListener !== "function") return;
  const wake = (): void => void pause.end();
  globalThis.addEventListener("online", wake, { once: true });
  pause.onEnd(() => globalThis.removeEventListener("online", wake));
}
