import type { Clock, Scope } from "@conclave/kit";
import { MatrixRtcError } from "@conclave/matrix-rtc";

import { unreachable } from "../http/httpError.ts";
import { isRecord } from "../http/json.ts";
import { HostRefusal } from "./HostRefusal.ts";
import type { RequestOptions, WidgetData } from "./ports.ts";

/** A homeserver under load answers after ten seconds, and still answers. */
const DEFAULT_TIMEOUT_MS = 15_000;
/** Requests whose answers are waited for, late ones included. */
const MAX_PENDING = 1000;

interface Pending {
  readonly action: string;
  settle(answer: WidgetData): void;
}

/** Requests to the host that have no answer yet: each gets one, or a coded error in time. */
export class PendingRequests {
  readonly #clock: Clock;
  readonly #scope: Scope;
  readonly #pending = new Map<string, Pending>();
  /** Answers to an earlier page in the same frame must not be taken for ours. */
  readonly #prefix: string;
  #serial = 0;

  constructor(clock: Clock, scope: Scope) {
    this.#clock = clock;
    this.#scope = scope;
    this.#prefix = `conclave-${clock.nowMs()}`;
  }

  /** Waits for the answer to a request that `send` puts on its way. @throws {MatrixRtcError | HostRefusal} */
  open(action: string, options: RequestOptions, send: (requestId: string) => void): Promise<WidgetData> {
    const { signal, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
    if (this.#scope.isEnded || signal?.aborted) return Promise.reject(unreachable(action, undefined, false));
    if (this.#pending.size >= MAX_PENDING) return Promise.reject(tooMany(action));
    this.#serial += 1;
    const requestId = `${this.#prefix}-${this.#serial}`;
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        release();
        this.#await(requestId, action, options.onLate);
        reject(unreachable(action, undefined, !this.#scope.isEnded));
      };
      const cancelTimer = this.#clock.after(timeoutMs, giveUp);
      const forget = this.#scope.onEnd(giveUp);
      signal?.addEventListener("abort", giveUp, { once: true });
      function release(): void {
        cancelTimer();
        forget();
        signal?.removeEventListener("abort", giveUp);
      }
      this.#pending.set(requestId, {
        action,
        settle(answer) {
          release();
          if (isRecord(answer["error"])) reject(new HostRefusal(answer));
          else resolve(answer);
        },
      });
      options.onSent?.(requestId);
      send(requestId);
    });
  }

  /** Takes an answer. @returns false if nobody waits for it */
  settle(requestId: string, action: string, answer: WidgetData): boolean {
    const pending = this.#pending.get(requestId);
    if (pending?.action !== action) return false;
    this.#pending.delete(requestId);
    pending.settle(answer);
    return true;
  }

  #await(requestId: string, action: string, onLate: RequestOptions["onLate"]): void {
    if (!onLate || this.#scope.isEnded) return void this.#pending.delete(requestId);
    this.#pending.set(requestId, { action, settle: onLate });
  }
}

function tooMany(action: string): MatrixRtcError {
  return new MatrixRtcError("rate_limited", `${action}: too many requests wait for the host`, {
    retryable: true,
    retryAfterMs: 1000,
  });
}
