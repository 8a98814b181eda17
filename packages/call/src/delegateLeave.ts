import {
  type Clock,
  computed,
  type Logger,
  type ReadonlySignal,
  type Scope,
  signal,
  sleep,
  until,
  type WritableSignal,
} from "@conclave/kit";
import { type HeldLeave, isSameLeave, type MatrixPort, type OpenIdToken, type RtcSession } from "@conclave/matrix-rtc";

import type { SfuAuthorizer } from "./authorizeSfu.ts";
import type { SfuConnections } from "./sfu/SfuConnections.ts";
import { toCallError } from "./toCallError.ts";

export interface DelegationDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly matrix: Pick<MatrixPort, "requestOpenIdToken">;
  readonly authorizer: Pick<SfuAuthorizer, "delegate">;
  readonly session: Pick<RtcSession, "heldLeave">;
  readonly sfus: Pick<SfuConnections, "own">;
}

/** While we keep the leave alive the service need not: its next restart is 48 minutes away. */
const IDLE_TIMEOUT_MS = 3_600_000;
/** Joining has much else to do, and a leave that has just been armed fires soon enough by itself. */
const SETTLING_MS = 2_000;
const URGENT_RETRY_MS = 1_000;
const CALM_RETRY_MS = 30_000;
/** OpenID tokens live an hour on the homeservers there are. */
const SPARE_LIFE_MS = 1_800_000;

/**
 * Hands the delayed leave to the authorisation service of our SFU until the scope ends. The service hears from the SFU when
 * we are gone and sends the leave, so that the others need not wait for it to fire. As long as the homeserver takes our
 * own restarts the service does nothing else; when it does not, because we are cut off from it, the service is asked to
 * restart the leave in our place, with an OpenID token that was got in time. So whoever vanishes is never listed for
 * longer than without delegation, however late an SFU notices.
 *
 * A service that takes no leaves is asked once.
 *
 * @param serviceUrl of the SFU on which we publish
 * @see MSC4195, delegated leave; docs/protocol/membership.md
 */
export async function delegateLeave(deps: DelegationDeps, serviceUrl: string, scope: Scope): Promise<void> {
  const asking = scope.child();
  const delegate = new LeaveDelegate(deps, serviceUrl, asking);
  await Promise.all([delegate.run(), delegate.keepSpare()]).catch((fault: unknown) => {
    if (!asking.isEnded) deps.logger.error("delegation ended", { code: toCallError(fault).code });
  });
}

class LeaveDelegate {
  readonly #deps: DelegationDeps;
  readonly #serviceUrl: string;
  readonly #scope: Scope;
  readonly #handed: WritableSignal<HeldLeave | undefined> = signal(undefined);
  readonly #spare: WritableSignal<OpenIdToken | undefined> = signal(undefined);
  readonly #wanted: ReadonlySignal<HeldLeave | undefined>;

  constructor(deps: DelegationDeps, serviceUrl: string, scope: Scope) {
    this.#deps = deps;
    this.#serviceUrl = serviceUrl;
    this.#scope = scope;
    this.#wanted = computed(() => this.#toHandOver());
  }

  async run(): Promise<void> {
    const { clock } = this.#deps;
    while (!this.#scope.isEnded) {
      const leave = await until(this.#scope, this.#wanted, (wanted): wanted is HeldLeave => wanted !== undefined);
      if (leave.isKept) await sleep(clock, SETTLING_MS, this.#scope.signal);
      if (this.#wanted.get() !== leave) continue;
      const outcome = await this.#hand(leave);
      if (outcome === "taken") this.#handed.set(leave);
      else if (outcome === "refused") void this.#scope.end();
      else await sleep(clock, leave.isKept ? CALM_RETRY_MS : URGENT_RETRY_MS, this.#scope.signal);
    }
  }

  /** Has an OpenID token ready for when the homeserver cannot be asked for one. */
  async keepSpare(): Promise<void> {
    const { clock, matrix } = this.#deps;
    const isWanted = computed(() => this.#spare.get() === undefined && this.#handed.get()?.isKept === true);
    while (!this.#scope.isEnded) {
      await until(this.#scope, isWanted, (wanted) => wanted);
      const token = await matrix.requestOpenIdToken().catch(() => undefined);
      this.#spare.set(token);
      if (token) this.#scope.onEnd(clock.after(SPARE_LIFE_MS, () => this.#spare.set(undefined)));
      else await sleep(clock, CALM_RETRY_MS, this.#scope.signal);
    }
  }

  /** What the service should have and has not. The SFU has to know us by then, or the service would send the leave. */
  #toHandOver(): HeldLeave | undefined {
    const leave = this.#deps.session.heldLeave.get();
    if (this.#deps.sfus.own()?.state.get() !== "connected") return undefined;
    return isSameLeave(this.#handed.get(), leave) ? undefined : leave;
  }

  async #hand({ delayId, delayMs, isKept }: HeldLeave): Promise<"taken" | "refused" | "failed"> {
    const { authorizer, logger } = this.#deps;
    const openId = isKept ? undefined : this.#spare.get();
    if (openId) this.#spare.set(undefined);
    try {
      const timeoutMs = isKept ? IDLE_TIMEOUT_MS : delayMs;
      const isTaken = await authorizer.delegate(this.#serviceUrl, { delayId, timeoutMs }, openId);
      logger.info("delayed leave offered", { isTaken, isKept });
      return isTaken ? "taken" : "refused";
    } catch (fault) {
      logger.info("delayed leave not offered", { isKept, code: toCallError(fault).code });
      return "failed";
    }
  }
}
