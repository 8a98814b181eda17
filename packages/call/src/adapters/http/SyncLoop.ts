import { type Clock, type Logger, type ReadonlySignal, type Scope, signal, sleep } from "@conclave/kit";
import { MatrixRtcError } from "@conclave/matrix-rtc";

import type { HomeserverClient } from "./HomeserverClient.ts";
import type { SyncDelta } from "./parseSync.ts";
import type { SyncSource, SyncStep } from "./SyncSource.ts";

const FIRST_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 15_000;

export interface SyncLoopDeps {
  readonly source: SyncSource;
  /** Whatever it answers shows that the homeserver is back. */
  readonly client: Pick<HomeserverClient, "answered">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly scope: Scope;
  /** Takes what has arrived. Resolves when the server may forget its to-device messages. */
  readonly onDelta: (delta: SyncDelta, isFirst: boolean) => Promise<void>;
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
  async run(first?: SyncStep): Promise<void> {
    const { scope } = this.#deps;
    let arrived = first;
    while (!scope.isEnded) {
      const step = arrived ?? (await this.#nextStep());
      arrived = undefined;
      if (!step) return;
      await this.#handOut(step);
    }
  }

  /** One answer that cannot be taken must not end the loop. */
  async #handOut({ delta, isFirst }: SyncStep): Promise<void> {
    try {
      await this.#deps.onDelta(delta, isFirst);
    } catch (error) {
      this.#deps.logger.error("a sync could not be taken", { error });
    }
  }

  /** The next answer, however long it takes; `undefined` when the scope has ended or the account is logged out. */
  async #nextStep(): Promise<SyncStep | undefined> {
    const { source, scope } = this.#deps;
    for (let failures = 0; !scope.isEnded; failures++) {
      try {
        const step = await source.next(failures > 0);
        this.#isSyncing.set(true);
        return step;
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
    // Who asks for restarts of a delayed leave learns sooner than a loop that has become patient.
    const isLost = error instanceof MatrixRtcError && error.code === "homeserver_unreachable";
    if (isLost) this.#deps.client.answered.on(pause, () => void pause.end());
    try {
      await sleep(clock, waitMs, pause.signal);
    } catch {
      // Woken early: the homeserver or the network is back, or the scope has ended and the loop sees it.
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
