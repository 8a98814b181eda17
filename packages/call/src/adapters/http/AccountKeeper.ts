import { type Clock, type Logger, Secret } from "@conclave/kit";
import { MatrixRtcError } from "@conclave/matrix-rtc";

import type { AccountStore, StoredAccount } from "../../matrixAccount.ts";
import type { HomeserverClient, TokenRenewal } from "./HomeserverClient.ts";
import { numberAt, stringAt } from "./json.ts";

/** A token is renewed so long before it ends, or at half of its life if that is shorter. */
const MARGIN_MS = 60_000;
const RETRIES = 2;

export interface AccountKeeperDeps {
  readonly client: HomeserverClient;
  readonly store: AccountStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** False: nothing is kept, because another tab is the stored device. */
  readonly isPersistent: boolean;
}

/** What a login or a renewal says of tokens. */
export type Tokens = Pick<StoredAccount, "accessToken" | "refreshToken" | "expiresAtMs">;

/**
 * The account that this session acts for: its tokens, renewed before they end, and the copy that is kept for the next
 * visit. Every change of the stored account goes through here, so that none undoes another.
 */
export class AccountKeeper implements TokenRenewal {
  readonly #deps: AccountKeeperDeps;
  #account: Secret<StoredAccount> | undefined;
  #renewing: Promise<boolean> | undefined;
  /** When a renewal is due, if the token ends at all. */
  #dueAtMs = Number.POSITIVE_INFINITY;

  constructor(deps: AccountKeeperDeps) {
    this.#deps = deps;
  }

  /** The account in use. */
  get account(): StoredAccount | undefined {
    return this.#account?.reveal();
  }

  /** What an earlier visit left, if this session may be that device. */
  async load(): Promise<StoredAccount | undefined> {
    return this.#deps.isPersistent ? this.#deps.store.load() : undefined;
  }

  /** Acts for the account from now on. */
  use(account: StoredAccount): void {
    const { client, clock } = this.#deps;
    this.#account = new Secret(account);
    const leftMs = (account.expiresAtMs ?? Number.POSITIVE_INFINITY) - clock.nowMs();
    this.#dueAtMs = clock.nowMs() + leftMs - Math.min(MARGIN_MS, Math.max(0, leftMs) / 2);
    client.useAccessToken(account.accessToken, this);
  }

  /** Acts for the account, and keeps it. */
  async adopt(account: StoredAccount): Promise<void> {
    this.use(account);
    if (this.#deps.isPersistent) await this.#deps.store.save(account);
  }

  /** Changes what is kept of the account in use. */
  async update(change: Partial<StoredAccount>): Promise<void> {
    const { account } = this;
    if (account) await this.adopt({ ...account, ...change });
  }

  /** Renews a token that is about to end. Never rejects: the old one may still do. */
  async ensureFresh(): Promise<void> {
    if (this.#deps.clock.nowMs() < this.#dueAtMs) return;
    try {
      await this.renew();
    } catch (error) {
      this.#deps.logger.debug("the access token could not be renewed yet", { error });
    }
  }

  /**
   * Gets new tokens; several calls at once are one request.
   *
   * @returns false if there is nothing to renew with, or it is not taken any more
   * @throws {MatrixRtcError} the homeserver did not answer
   */
  renew(): Promise<boolean> {
    this.#renewing ??= this.#renewOnce().finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  async #renewOnce(): Promise<boolean> {
    const { client, clock, logger } = this.#deps;
    const refreshToken = this.account?.refreshToken;
    if (refreshToken === undefined) return false;
    try {
      const body = await client.json({
        method: "POST",
        path: "/_matrix/client/v3/refresh",
        auth: false,
        retries: RETRIES,
        body: { refresh_token: refreshToken },
      });
      const tokens = tokensOf(body, clock.nowMs());
      if (!tokens) throw new MatrixRtcError("homeserver_refused", "The homeserver gave no new access token");
      // A server that gives no new refresh token takes the old one again.
      await this.update({ refreshToken, ...tokens }).catch((error: unknown) => {
        logger.warn("the renewed account could not be kept", { error });
      });
      return true;
    } catch (error) {
      if (!(error instanceof MatrixRtcError) || error.retryable) throw error;
      logger.info("the session cannot be renewed");
      return false;
    }
  }
}

/** Reads the tokens of a login, a registration or a renewal. @see Client-Server API, "Refreshing access tokens" */
export function tokensOf(body: unknown, nowMs: number): Tokens | undefined {
  const accessToken = stringAt(body, "access_token");
  const refreshToken = stringAt(body, "refresh_token");
  const expiresInMs = numberAt(body, "expires_in_ms");
  if (accessToken === undefined) return undefined;
  return {
    accessToken,
    ...(refreshToken === undefined ? {} : { refreshToken }),
    ...(expiresInMs === undefined ? {} : { expiresAtMs: nowMs + expiresInMs }),
  };
}
