import type { JsonObject } from "../json.ts";
import type { Session } from "./AccountStore.ts";
import type { Database } from "./Database.ts";

/** How long a repeated request is recognised. */
const KEEP_MS = 24 * 3_600_000;
const MAX_PRUNED = 500;

export interface Transaction {
  readonly session: Session;
  /** The endpoint with its path parameters: the same id on another one is another transaction. */
  readonly scope: string;
  readonly txnId: string;
}

/** Answers of requests that carry a transaction id, so that repeating one does nothing. */
export class TransactionStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  find({ session, scope, txnId }: Transaction): JsonObject | undefined {
    const row = this.#db.get<{ answer: string }>(
      "SELECT answer FROM transactions WHERE user_id = ? AND device_id = ? AND scope = ? AND txn_id = ?",
      session.userId,
      session.deviceId,
      scope,
      txnId,
    );
    return row && (JSON.parse(row.answer) as JsonObject);
  }

  /** Runs `work` once per transaction, atomically with keeping its answer. */
  once(transaction: Transaction, nowMs: number, work: () => JsonObject): JsonObject {
    return this.#db.write(() => {
      const before = this.find(transaction);
      if (before) return before;
      const answer = work();
      this.#db.run(
        `INSERT INTO transactions (user_id, device_id, scope, txn_id, answer, created_at) VALUES (?, ?, ?, ?, ?, ?)`,
        transaction.session.userId,
        transaction.session.deviceId,
        transaction.scope,
        transaction.txnId,
        JSON.stringify(answer),
        nowMs,
      );
      return answer;
    });
  }

  /** @returns true if there may be more to remove */
  prune(nowMs: number): boolean {
    const removed = this.#db.run(
      `DELETE FROM transactions WHERE (user_id, device_id, scope, txn_id) IN (
         SELECT user_id, device_id, scope, txn_id FROM transactions WHERE created_at < ? ORDER BY created_at LIMIT ?)`,
      nowMs - KEEP_MS,
      MAX_PRUNED,
    );
    return removed === MAX_PRUNED;
  }
}
