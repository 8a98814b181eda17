type CleanUp = () => void | Promise<void>;

/**
 * The lifetime of something that lives: a call, a connection, a view.
 *
 * Ending a scope ends its children first, then runs its clean-ups, newest first. It is idempotent, goes
 * downward only, and never throws: faults of clean-ups go to `onFault`.
 */
export class Scope {
  readonly #cleanUps = new Set<CleanUp>();
  readonly #children = new Set<Scope>();
  readonly #abort = new AbortController();
  readonly #onFault: (fault: unknown) => void;
  #ending: Promise<void> | undefined;

  constructor(onFault: (fault: unknown) => void = reportLater) {
    this.#onFault = onFault;
  }

  /** Aborts when the scope ends; hand it to `fetch`, `sleep` and the like. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get isEnded(): boolean {
    return this.#ending !== undefined;
  }

  /**
   * Runs `cleanUp` when the scope ends; at once if it has already ended.
   *
   * @returns a function that forgets the clean-up without running it
   */
  onEnd(cleanUp: CleanUp): () => void {
    if (this.isEnded) {
      void this.#run(cleanUp);
      return () => {};
    }
    this.#cleanUps.add(cleanUp);
    return () => this.#cleanUps.delete(cleanUp);
  }

  /** Makes a scope that ends no later than this one. */
  child(): Scope {
    const child = new Scope(this.#onFault);
    if (this.isEnded) void child.end();
    else {
      this.#children.add(child);
      child.onEnd(() => void this.#children.delete(child));
    }
    return child;
  }

  /** Ends children, then runs the clean-ups. Resolves when all of them are done. */
  end(): Promise<void> {
    this.#ending ??= this.#endOnce();
    return this.#ending;
  }

  async #endOnce(): Promise<void> {
    // A clean-up that asks for `isEnded` or registers another one must see an ended scope.
    await Promise.resolve();
    this.#abort.abort(new ScopeEnded());
    await Promise.all([...this.#children].map((child) => child.end()));
    for (const cleanUp of [...this.#cleanUps].toReversed()) await this.#run(cleanUp);
    this.#cleanUps.clear();
  }

  async #run(cleanUp: CleanUp): Promise<void> {
    try {
      await cleanUp();
    } catch (fault) {
      this.#onFault(fault);
    }
  }
}

/** The abort reason of an ended scope's signal: expected, not a fault. */
export class ScopeEnded extends Error {
  override readonly name = "ScopeEnded";
  constructor() {
    super("The scope has ended");
  }
}

function reportLater(fault: unknown): void {
  queueMicrotask(() => {
    throw fault;
  });
}
