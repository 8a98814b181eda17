import { type Clock, type Logger, type ReadonlySignal, type Scope, signal, sleep, until } from "@conclave/kit";

import type { GrantUse, SfuAuthorizer } from "../authorizeSfu.ts";
import { CallError } from "../errors.ts";
import type { TimingMark } from "../timings.ts";
import { toCallError } from "../toCallError.ts";
import type { SfuClient, SfuConnection, TrackGuard } from "./ports.ts";
import { retryDelayMs } from "./retryDelay.ts";

export interface KeeperDeps {
  readonly sfu: SfuClient;
  readonly authorizer: Pick<SfuAuthorizer, "grantFor" | "renew">;
  readonly guard: TrackGuard;
  readonly clock: Clock;
  readonly randomBytes: (lengthBytes: number) => Uint8Array;
  readonly logger: Logger;
  readonly timings: { mark(name: TimingMark): void };
}

/** An SFU by its authorisation service, and what for. */
export interface KeptSfu {
  readonly serviceUrl: string;
  readonly use: GrantUse;
}

/** `trying`: not yet, or not at present; `failing`: the last attempt failed; `over`: there is no point in trying. */
export type KeeperStatus =
  | { readonly is: "trying" }
  | { readonly is: "up"; readonly connection: SfuConnection }
  | { readonly is: "failing"; readonly error: CallError }
  | { readonly is: "over"; readonly error: CallError };

/**
 * Connects to the SFU behind `serviceUrl` and connects again whenever the connection is over, until the scope ends or
 * the SFU sends us away for good. A connection reconnects by itself first; only its end leads here, with a new grant.
 */
export function keepConnected(deps: KeeperDeps, kept: KeptSfu, scope: Scope): ReadonlySignal<KeeperStatus> {
  const status = signal<KeeperStatus>({ is: "trying" });
  new Keeper(deps, kept, { scope, report: (next) => status.set(next) }).run().catch((fault: unknown) => {
    // The scope has ended during a wait; anything else would be a fault of ours, and is told.
    if (!scope.isEnded) status.set({ is: "over", error: toCallError(fault) });
  });
  return status;
}

class Keeper {
  readonly #deps: KeeperDeps;
  readonly #kept: KeptSfu;
  readonly #scope: Scope;
  readonly #report: (status: KeeperStatus) => void;
  #hasBeenUp = false;
  #failures = 0;

  constructor(deps: KeeperDeps, kept: KeptSfu, out: { scope: Scope; report: (status: KeeperStatus) => void }) {
    this.#deps = deps;
    this.#kept = kept;
    this.#scope = out.scope;
    this.#report = out.report;
  }

  async run(): Promise<void> {
    while (!this.#scope.isEnded) {
      const outcome = await this.#connectOnce();
      if (this.#scope.isEnded) return;
      this.#report(outcome);
      if (outcome.is === "over") return;
      if (outcome.is === "failing") await this.#waitAfter(outcome.error);
    }
  }

  /** Resolves when the connection is over or could not be made. */
  async #connectOnce(): Promise<Exclude<KeeperStatus, { is: "up" }>> {
    const scope = this.#scope.child();
    try {
      const connection = await this.#connect(scope);
      this.#report({ is: "up", connection });
      const farewell = await endOf(connection, scope);
      return farewell ? { is: "over", error: farewell } : { is: "trying" };
    } catch (fault) {
      const error = toCallError(fault, "sfu_unreachable");
      return { is: this.#isFinal(error) ? "over" : "failing", error };
    } finally {
      await scope.end();
    }
  }

  async #connect(scope: Scope): Promise<SfuConnection> {
    const { authorizer, guard, sfu, timings } = this.#deps;
    const isFirst = !this.#hasBeenUp && this.#failures === 0;
    const { serviceUrl, use } = this.#kept;
    const grant = await (isFirst ? authorizer.grantFor(serviceUrl, use) : authorizer.renew(serviceUrl, use));
    timings.mark("granted");
    const connection = await sfu.connect(grant, { guard }, scope);
    timings.mark("signalled");
    this.#hasBeenUp = true;
    this.#failures = 0;
    return connection;
  }

  /** Once connected, a refusal is more likely a restart half done than a decision, so only a dead login ends it. */
  #isFinal(error: CallError): boolean {
    return error.code === "logged_out" || (!this.#hasBeenUp && !error.retryable);
  }

  async #waitAfter(error: CallError): Promise<void> {
    this.#deps.logger.warn("sfu connection failed", { code: error.code, failures: this.#failures });
    const delayMs = retryDelayMs(this.#failures++, this.#deps.randomBytes);
    await sleep(this.#deps.clock, delayMs, this.#scope.signal);
  }
}

/** @returns why the SFU sent us away for good, or `undefined` if connecting again makes sense */
async function endOf(connection: SfuConnection, scope: Scope): Promise<CallError | undefined> {
  let farewell: CallError | undefined;
  connection.ended.on(scope, ({ reason }) => {
    if (reason === "removed") farewell = new CallError("sfu_removed", "Removed from the SFU's room");
    if (reason === "duplicate_identity") {
      farewell = new CallError("duplicate_identity", "This device has joined the SFU's room elsewhere");
    }
  });
  await until(scope, connection.state, (state) => state === "ended");
  return farewell;
}
