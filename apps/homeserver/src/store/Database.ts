import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";

import { schema } from "./schema.ts";

const BUSY_TIMEOUT_MS = 5_000;

/**
 * One SQLite connection: prepared statements, transactions and the stream position.
 *
 * WAL with `synchronous=NORMAL`: what a request was told survives the death of the process (SIGKILL included); only a
 * power cut can lose the last writes. The lock is exclusive, so that a second server on the same file is refused.
 */
export class Database {
  readonly #connection: DatabaseSync;
  // Bounded by the program text: every SQL text is a constant.
  readonly #statements = new Map<string, StatementSync>();
  #afterCommit: (() => void)[] = [];
  #isWriting = false;
  #position: number;
  #undone = 0;

  constructor(path: string) {
    this.#connection = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
    this.#connection.exec("PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;");
    this.#connection.exec(schema);
    this.#position = this.get<{ position: number }>("SELECT position FROM sequence")?.position ?? 0;
  }

  all<Row>(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#prepare(sql).all(...values) as Row[];
  }

  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the query decides the row's shape, so the caller names it
  get<Row>(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#prepare(sql).get(...values) as Row | undefined;
  }

  /** Runs a write and tells how many rows it touched. */
  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#prepare(sql).run(...values).changes);
  }

  /** Runs `work` in one transaction, or in the one that is already open. Throwing undoes all of it. */
  write<T>(work: () => T): T {
    if (this.#isWriting) return work();
    const positionBefore = this.#position;
    this.#connection.exec("BEGIN IMMEDIATE");
    this.#isWriting = true;
    try {
      const result = work();
      this.#connection.exec("COMMIT");
      this.#isWriting = false;
      this.#runAfterCommit();
      return result;
    } catch (cause) {
      if (this.#isWriting) this.#undo(positionBefore);
      throw cause;
    }
  }

  /** Runs `run` once the open transaction is committed, never if it is undone; at once if there is none. */
  afterCommit(run: () => void): void {
    if (!this.#isWriting) return run();
    this.#afterCommit.push(run);
  }

  /** The newest position of the stream that `/sync` tokens count in. */
  get position(): number {
    return this.#position;
  }

  /** Transactions that were undone so far: what was read inside one may not be remembered beyond it. */
  get undone(): number {
    return this.#undone;
  }

  /** Takes the next stream position; only inside `write`. */
  nextPosition(): number {
    this.#position += 1;
    this.run("UPDATE sequence SET position = ?", this.#position);
    return this.#position;
  }

  close(): void {
    this.#statements.clear();
    if (this.#connection.isOpen) this.#connection.close();
  }

  #undo(position: number): void {
    this.#isWriting = false;
    this.#undone += 1;
    this.#afterCommit = [];
    this.#position = position;
    this.#connection.exec("ROLLBACK");
  }

  #runAfterCommit(): void {
    const runs = this.#afterCommit;
    this.#afterCommit = [];
    for (const run of runs) run();
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#connection.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}
