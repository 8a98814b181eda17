import type { CancelTimer, Clock } from "@conclave/kit";

import { MatrixRtcError } from "../errors.ts";
import type { DelayId } from "../ids.ts";
import type { MatrixPort } from "../ports.ts";

export interface LeaveRestartsDeps {
  readonly matrix: Pick<MatrixPort, "restartDelayed">;
  readonly clock: Clock;
}

export type RestartAnswer =
  | { readonly outcome: "restarted"; readonly delayId: DelayId; readonly askedAtMs: number }
  | {
      readonly outcome: "not_found";
      readonly delayId: DelayId;
      readonly askedAtMs: number;
      readonly error: MatrixRtcError;
    }
  | { readonly outcome: "failed"; readonly error: unknown }
  | { readonly outcome: "timed_out"; readonly error: MatrixRtcError };

interface Asked {
  readonly delayId: DelayId;
  readonly settle: (answer: RestartAnswer) => void;
}

/** Connections to a homeserver are few; syncs and sends need theirs. */
const MAX_UNDER_WAY = 3;

/**
 * Restarts of a delayed leave. One that takes long is given up but not abandoned: the next is asked for beside it, and
 * the first answer counts, whichever request it belongs to. So a homeserver that answers late hears from us in time.
 */
export class LeaveRestarts {
  readonly #deps: LeaveRestartsDeps;
  readonly #onLate: (answer: RestartAnswer) => void;
  readonly #underWay = new Set<AbortController>();
  #asked: Asked | undefined;

  /** @param onLate hears answers that came when nobody waited any more */
  constructor(deps: LeaveRestartsDeps, onLate: (answer: RestartAnswer) => void) {
    this.#deps = deps;
    this.#onLate = onLate;
  }

  /** Asks for a restart. Resolves with the first answer to any restart of this leave, or after `timeoutMs`. */
  ask(delayId: DelayId, timeoutMs: number): Promise<RestartAnswer> {
    return new Promise((resolve) => {
      const cancel: CancelTimer = this.#deps.clock.after(timeoutMs, () => this.#settle(timedOut()));
      const settle = (answer: RestartAnswer): void => {
        cancel();
        this.#asked = undefined;
        resolve(answer);
      };
      this.#asked = { delayId, settle };
      void this.#request(delayId);
    });
  }

  /** Ends whatever is under way; what waits is told that it timed out. */
  abort(): void {
    for (const request of this.#underWay) request.abort();
    this.#underWay.clear();
    this.#settle(timedOut());
  }

  async #request(delayId: DelayId): Promise<void> {
    const abort = new AbortController();
    const askedAtMs = this.#deps.clock.nowMs();
    this.#makeRoom();
    this.#underWay.add(abort);
    try {
      await this.#deps.matrix.restartDelayed(delayId, abort.signal);
      this.#answer(abort, { outcome: "restarted", delayId, askedAtMs });
    } catch (error) {
      const isGone = error instanceof MatrixRtcError && error.code === "not_found";
      this.#answer(abort, isGone ? { outcome: "not_found", delayId, askedAtMs, error } : { outcome: "failed", error });
    }
  }

  #makeRoom(): void {
    for (const oldest of this.#underWay) {
      if (this.#underWay.size < MAX_UNDER_WAY) return;
      this.#underWay.delete(oldest);
      oldest.abort();
    }
  }

  #answer(request: AbortController, answer: RestartAnswer): void {
    const isNewest = [...this.#underWay].at(-1) === request;
    if (!this.#underWay.delete(request)) return;
    // A failure says something about its own request only; the others may fare better.
    if (answer.outcome === "failed" && !isNewest) return;
    if (this.#asked && (!("delayId" in answer) || answer.delayId === this.#asked.delayId)) this.#settle(answer);
    else this.#onLate(answer);
  }

  #settle(answer: RestartAnswer): void {
    this.#asked?.settle(answer);
  }
}

function timedOut(): RestartAnswer {
  const error = new MatrixRtcError("homeserver_unreachable", "The restart was not answered in time", {
    retryable: true,
  });
  return { outcome: "timed_out", error };
}
