import { hashToken } from "../ids.ts";
import type { Session } from "./AccountStore.ts";
import type { Database } from "./Database.ts";

/** Tokens of one login, or of one renewal of it. */
export interface TokenPair {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly accessExpiresAtMs: number;
}

/** What a token opens. `expired` sessions go on once their token is renewed. */
export type TokenState = { readonly session: Session; readonly isExpired: boolean };

interface PairRow {
  token_hash: string;
  user_id: string;
  device_id: string;
  access_hash: string;
  access_expires_at: number;
  is_used: number;
}

/**
 * Access tokens, and the refresh tokens of devices that asked for some. Stored as hashes only.
 *
 * A device has one pair, and between a renewal and its first use two: the answer to a renewal may have been lost, so the
 * old refresh token works until the client shows that it has the new pair.
 *
 * @see Client-Server API, "Refreshing access tokens"
 */
export class TokenStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Makes `accessToken` the only one that acts for the device; it never ends. */
  set(session: Session, accessToken: string): void {
    this.#db.write(() => {
      this.#forget(session, "");
      this.#addAccess(session, hashToken(accessToken));
    });
  }

  /** Makes the pair the only one that acts for the device. */
  setPair(session: Session, pair: TokenPair): void {
    this.#db.write(() => {
      this.#forget(session, "");
      this.#addPair(session, pair, true);
    });
  }

  /**
   * Replaces the pair of a refresh token, for good once the new one is used.
   *
   * @returns the session, or `undefined` if the token is unknown or was replaced
   */
  renew(refreshToken: string, pair: TokenPair): Session | undefined {
    return this.#db.write(() => {
      const row = this.#pairOf("token_hash", hashToken(refreshToken));
      if (!row) return undefined;
      const session = { userId: row.user_id, deviceId: row.device_id };
      // Also of an earlier renewal whose answer was lost.
      this.#forget(session, row.token_hash);
      if (row.is_used === 0) this.#markUsed(row);
      this.#addPair(session, pair, false);
      return session;
    });
  }

  /** Whose token it is. The first use of a new one ends the old one. */
  stateOf(accessToken: string, nowMs: number): TokenState | undefined {
    const accessHash = hashToken(accessToken);
    const session = this.#db.get<Session>(
      "SELECT user_id AS userId, device_id AS deviceId FROM access_tokens WHERE token_hash = ?",
      accessHash,
    );
    if (!session) return undefined;
    const pair = this.#pairOf("access_hash", accessHash);
    if (!pair) return { session, isExpired: false };
    if (pair.access_expires_at <= nowMs) return { session, isExpired: true };
    if (pair.is_used === 0)
      this.#db.write(() => {
        this.#forget(session, pair.token_hash);
        this.#markUsed(pair);
      });
    return { session, isExpired: false };
  }

  /** Notes a token that opens one login. */
  addLogin(userId: string, token: string, expiresAtMs: number): void {
    this.#db.run(
      "INSERT INTO login_tokens (token_hash, user_id, expires_at) VALUES (?, ?, ?)",
      hashToken(token),
      userId,
      expiresAtMs,
    );
  }

  /** @returns whose login it is; once */
  takeLogin(token: string, nowMs: number): string | undefined {
    this.#db.run("DELETE FROM login_tokens WHERE expires_at <= ?", nowMs);
    return this.#db.get<{ user_id: string }>(
      "DELETE FROM login_tokens WHERE token_hash = ? RETURNING user_id",
      hashToken(token),
    )?.user_id;
  }

  #addAccess({ userId, deviceId }: Session, accessHash: string): void {
    this.#db.run(
      "INSERT INTO access_tokens (token_hash, user_id, device_id) VALUES (?, ?, ?)",
      accessHash,
      userId,
      deviceId,
    );
  }

  #addPair(session: Session, pair: TokenPair, isUsed: boolean): void {
    const accessHash = hashToken(pair.accessToken);
    this.#addAccess(session, accessHash);
    this.#db.run(
      `INSERT INTO refresh_tokens (token_hash, user_id, device_id, access_hash, access_expires_at, is_used)
       VALUES (?, ?, ?, ?, ?, ?)`,
      hashToken(pair.refreshToken),
      session.userId,
      session.deviceId,
      accessHash,
      pair.accessExpiresAtMs,
      isUsed ? 1 : 0,
    );
  }

  #markUsed(pair: PairRow): void {
    this.#db.run("UPDATE refresh_tokens SET is_used = 1 WHERE token_hash = ?", pair.token_hash);
  }

  #pairOf(column: "token_hash" | "access_hash", hash: string): PairRow | undefined {
    return column === "token_hash"
      ? this.#db.get<PairRow>("SELECT * FROM refresh_tokens WHERE token_hash = ?", hash)
      : this.#db.get<PairRow>("SELECT * FROM refresh_tokens WHERE access_hash = ?", hash);
  }

  /** Ends every token of the device but those of one pair. */
  #forget({ userId, deviceId }: Session, keptHash: string): void {
    this.#db.run(
      `DELETE FROM access_tokens WHERE user_id = ?1 AND device_id = ?2
       AND token_hash NOT IN (SELECT access_hash FROM refresh_tokens WHERE token_hash = ?3)`,
      userId,
      deviceId,
      keptHash,
    );
    this.#db.run(
      "DELETE FROM refresh_tokens WHERE user_id = ? AND device_id = ? AND token_hash <> ?",
      userId,
      deviceId,
      keptHash,
    );
  }
}
