import type { HomeserverClient } from "./HomeserverClient.ts";
import { parseSync } from "./parseSync.ts";
import { SYNC_FILTER } from "./syncFilter.ts";
import {
  ANSWER_MS,
  FIRST_RETRIES,
  LONG_POLL_MS,
  MAX_SYNC_BYTES,
  type SyncSource,
  type SyncStep,
} from "./SyncSource.ts";

const NOTHING: ReadonlySet<string> = new Set();

/** `GET /sync` with a filter: news of every room of the account, but only of what calls are made of. */
export class FilteredSync implements SyncSource {
  readonly #client: HomeserverClient;
  #since: string | undefined;

  constructor(client: HomeserverClient) {
    this.#client = client;
  }

  async next(isAtOnce = false): Promise<SyncStep> {
    const since = this.#since;
    const timeoutMs = since === undefined || isAtOnce ? 0 : LONG_POLL_MS;
    const body = await this.#client.json({
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
    const delta = parseSync(body, () => (since === undefined ? undefined : { to: since, told: NOTHING }));
    this.#since = delta.nextBatch;
    return { delta, isFirst: since === undefined };
  }

  /** Every room comes anyway. */
  want(): void {}
}
