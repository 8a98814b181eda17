import type { JsonObject } from "../json.ts";
import type { Database } from "./Database.ts";
import type { Session } from "./AccountStore.ts";

/** Ids of claimed keys that are remembered per device, so that a repeated upload cannot bring one back. */
const MAX_CLAIMED_IDS = 1_000;

export type CrossSigningUsage = "master" | "self_signing" | "user_signing";

export interface NamedKey {
  readonly algorithm: string;
  readonly keyId: string;
  readonly key: unknown;
}

interface KeyRow {
  id: number;
  key_id: string;
  key: string;
}

/** Device keys, one-time and fallback keys, cross-signing keys and signatures. */
export class KeyStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  setDeviceKeys({ userId, deviceId }: Session, keys: JsonObject): void {
    this.#db.run(
      "UPDATE devices SET device_keys = ? WHERE user_id = ? AND device_id = ?",
      JSON.stringify(keys),
      userId,
      deviceId,
    );
  }

  deviceKeys(userId: string): Map<string, { keys: JsonObject; displayName: string | undefined }> {
    const rows = this.#db.all<{ device_id: string; device_keys: string; display_name: string | null }>(
      "SELECT device_id, device_keys, display_name FROM devices WHERE user_id = ? AND device_keys IS NOT NULL",
      userId,
    );
    return new Map(
      rows.map((row) => [
        row.device_id,
        { keys: JSON.parse(row.device_keys) as JsonObject, displayName: row.display_name ?? undefined },
      ]),
    );
  }

  /** The one-time key with that id as text, `"claimed"` once it was handed out, or `undefined`. */
  oneTimeKey({ userId, deviceId }: Session, algorithm: string, keyId: string): string | undefined {
    const row = this.#db.get<{ key: string | null }>(
      "SELECT key FROM one_time_keys WHERE user_id = ? AND device_id = ? AND algorithm = ? AND key_id = ?",
      userId,
      deviceId,
      algorithm,
      keyId,
    );
    return row && (row.key ?? "claimed");
  }

  addOneTimeKey({ userId, deviceId }: Session, { algorithm, keyId, key }: NamedKey): void {
    this.#db.run(
      "INSERT OR IGNORE INTO one_time_keys (user_id, device_id, algorithm, key_id, key) VALUES (?, ?, ?, ?, ?)",
      userId,
      deviceId,
      algorithm,
      keyId,
      JSON.stringify(key),
    );
  }

  setFallbackKey({ userId, deviceId }: Session, { algorithm, keyId, key }: NamedKey): void {
    const present = this.#db.get<{ key_id: string }>(
      "SELECT key_id FROM fallback_keys WHERE user_id = ? AND device_id = ? AND algorithm = ?",
      userId,
      deviceId,
      algorithm,
    );
    // A repeated upload of the key in use must not call it unused again.
    if (present?.key_id === keyId) return;
    this.#db.run(
      `INSERT OR REPLACE INTO fallback_keys (user_id, device_id, algorithm, key_id, key, is_used)
       VALUES (?, ?, ?, ?, ?, 0)`,
      userId,
      deviceId,
      algorithm,
      keyId,
      JSON.stringify(key),
    );
  }

  /** Takes the oldest one-time key for ever, or the fallback key if there is none left. Call it inside `write`. */
  claim({ userId, deviceId }: Session, algorithm: string): NamedKey | undefined {
    const row = this.#db.get<KeyRow>(
      `SELECT id, key_id, key FROM one_time_keys
       WHERE user_id = ? AND device_id = ? AND algorithm = ? AND key IS NOT NULL ORDER BY id LIMIT 1`,
      userId,
      deviceId,
      algorithm,
    );
    if (!row) return this.#useFallback({ userId, deviceId }, algorithm);
    this.#db.run("UPDATE one_time_keys SET key = NULL WHERE id = ?", row.id);
    this.#forgetClaimed({ userId, deviceId });
    return { algorithm, keyId: row.key_id, key: JSON.parse(row.key) };
  }

  /** Notes at `pos` that somebody took a key of the device: its counts are news. */
  markClaimed({ userId, deviceId }: Session, pos: number): void {
    this.#db.run("UPDATE devices SET claimed_pos = ? WHERE user_id = ? AND device_id = ?", pos, userId, deviceId);
  }

  isClaimedSince({ userId, deviceId }: Session, sincePos: number): boolean {
    const row = this.#db.get<{ claimed_pos: number }>(
      "SELECT claimed_pos FROM devices WHERE user_id = ? AND device_id = ?",
      userId,
      deviceId,
    );
    return row !== undefined && row.claimed_pos > sincePos;
  }

  counts({ userId, deviceId }: Session): Record<string, number> {
    const rows = this.#db.all<{ algorithm: string; n: number }>(
      `SELECT algorithm, COUNT(*) AS n FROM one_time_keys
       WHERE user_id = ? AND device_id = ? AND key IS NOT NULL GROUP BY algorithm`,
      userId,
      deviceId,
    );
    // Clients read an absent algorithm as "not told", so the one in use is always there.
    return { signed_curve25519: 0, ...Object.fromEntries(rows.map((row) => [row.algorithm, row.n])) };
  }

  unusedFallbacks({ userId, deviceId }: Session): string[] {
    return this.#db
      .all<{ algorithm: string }>(
        "SELECT algorithm FROM fallback_keys WHERE user_id = ? AND device_id = ? AND is_used = 0",
        userId,
        deviceId,
      )
      .map((row) => row.algorithm);
  }

  crossSigningKey(userId: string, usage: CrossSigningUsage): JsonObject | undefined {
    const row = this.#db.get<{ key: string }>(
      "SELECT key FROM cross_signing_keys WHERE user_id = ? AND usage = ?",
      userId,
      usage,
    );
    return row && (JSON.parse(row.key) as JsonObject);
  }

  setCrossSigningKey(userId: string, usage: CrossSigningUsage, key: JsonObject): void {
    this.#db.run(
      "INSERT OR REPLACE INTO cross_signing_keys (user_id, usage, key) VALUES (?, ?, ?)",
      userId,
      usage,
      JSON.stringify(key),
    );
  }

  /** Files signatures that `signer` made on a key (a device id or a cross-signing public key) of `userId`. */
  addSignatures(signer: string, on: { userId: string; keyId: string }, signatures: JsonObject): void {
    const before = this.#signaturesBy(signer, on.userId, on.keyId);
    this.#db.run(
      "INSERT OR REPLACE INTO key_signatures (signer, user_id, key_id, signatures) VALUES (?, ?, ?, ?)",
      signer,
      on.userId,
      on.keyId,
      JSON.stringify({ ...before, ...signatures }),
    );
  }

  /** Signatures on one key by the given signers; nobody else's are anybody's business. */
  signatures(signers: readonly string[], userId: string, keyId: string): Record<string, JsonObject> {
    const entries = signers.map((signer) => [signer, this.#signaturesBy(signer, userId, keyId)] as const);
    return Object.fromEntries(entries.filter((entry): entry is [string, JsonObject] => entry[1] !== undefined));
  }

  /** Notes at `pos` that the user's devices or keys changed. */
  markChanged(userId: string, pos: number): void {
    this.#db.run("UPDATE accounts SET keys_pos = ? WHERE user_id = ?", pos, userId);
  }

  /** Users whose devices or keys changed after `sincePos`. */
  changedSince(sincePos: number): string[] {
    return this.#db
      .all<{ user_id: string }>("SELECT user_id FROM accounts WHERE keys_pos > ?", sincePos)
      .map((row) => row.user_id);
  }

  #signaturesBy(signer: string, userId: string, keyId: string): JsonObject | undefined {
    const row = this.#db.get<{ signatures: string }>(
      "SELECT signatures FROM key_signatures WHERE user_id = ? AND key_id = ? AND signer = ?",
      userId,
      keyId,
      signer,
    );
    return row && (JSON.parse(row.signatures) as JsonObject);
  }

  #useFallback({ userId, deviceId }: Session, algorithm: string): NamedKey | undefined {
    const row = this.#db.get<KeyRow>(
      "SELECT key_id, key FROM fallback_keys WHERE user_id = ? AND device_id = ? AND algorithm = ?",
      userId,
      deviceId,
      algorithm,
    );
    if (!row) return undefined;
    this.#db.run(
      "UPDATE fallback_keys SET is_used = 1 WHERE user_id = ? AND device_id = ? AND algorithm = ?",
      userId,
      deviceId,
      algorithm,
    );
    const key = JSON.parse(row.key) as JsonObject;
    return { algorithm, keyId: row.key_id, key };
  }

  #forgetClaimed({ userId, deviceId }: Session): void {
    this.#db.run(
      `DELETE FROM one_time_keys WHERE id IN (
         SELECT id FROM one_time_keys WHERE user_id = ? AND device_id = ? AND key IS NULL
         ORDER BY id DESC LIMIT -1 OFFSET ?)`,
      userId,
      deviceId,
      MAX_CLAIMED_IDS,
    );
  }
}
