import {
  signal,
  type CancelTimer,
  type Clock,
  type Logger,
  type ReadonlySignal,
  type Scope,
  type WritableSignal,
} from "@conclave/kit";

import { MatrixRtcError } from "../errors.ts";
import type { DelayId, EventId } from "../ids.ts";
import type { MatrixFeatures, MatrixPort } from "../ports.ts";
import { transition } from "./membershipMachine.ts";
import {
  initialMembershipState,
  type ActionFailure,
  type MembershipAction,
  type MembershipEvent,
  type MembershipState,
  type SeenMembership,
} from "./membershipModel.ts";

export interface MembershipPublisherDeps {
  readonly matrix: Pick<MatrixPort, "restartDelayed" | "sendDelayedNow" | "cancelDelayed">;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How the membership is written; layer A writes state. */
export interface MembershipWriter {
  scheduleLeave(delayMs: number): Promise<DelayId>;
  sendMembership(createdAtMs: number | undefined, expiresMs: number): Promise<EventId>;
  clear(): Promise<void>;
}

type Result = Extract<MembershipEvent, { type: "succeeded" | "failed" }>;

/** Runs the membership machine: performs its actions one at a time and keeps its timer. */
export class MembershipPublisher {
  readonly #deps: MembershipPublisherDeps;
  readonly #writer: MembershipWriter;
  readonly #scope: Scope;
  readonly #state: WritableSignal<MembershipState> = signal(initialMembershipState);
  #cancelWake: CancelTimer = () => {};
  #restart: AbortController | undefined;

  /** @param scope ends timers and requests; leave first */
  constructor(deps: MembershipPublisherDeps, writer: MembershipWriter, scope: Scope) {
    this.#deps = deps;
    this.#writer = writer;
    this.#scope = scope;
    scope.onEnd(() => {
      this.#cancelWake();
      this.#restart?.abort();
    });
  }

  get state(): ReadonlySignal<MembershipState> {
    return this.#state;
  }

  join(features: MatrixFeatures): void {
    this.#handle({ type: "join_requested", delayedEvents: features.delayedEvents, maxDelayMs: features.maxDelayMs });
  }

  contentChanged(): void {
    this.#handle({ type: "content_changed" });
  }

  /** Starts to leave, without waiting for a restart that hangs. */
  leave(): void {
    this.#restart?.abort();
    this.#handle({ type: "leave_requested" });
  }

  ownMembershipSeen(seen: SeenMembership | undefined): void {
    this.#handle({ type: "own_membership", seen });
  }

  homeserverBack(): void {
    this.#handle({ type: "homeserver_back" });
  }

  #handle(event: MembershipEvent): void {
    if (this.#scope.isEnded) return;
    const nowMs = this.#deps.clock.nowMs();
    const { state, effects } = transition(this.#state.get(), event, nowMs);
    this.#state.set(state);
    this.#cancelWake();
    for (const effect of effects) {
      if (effect.type === "perform") void this.#perform(effect.action);
      else this.#cancelWake = this.#deps.clock.after(effect.atMs - nowMs, () => this.#handle({ type: "time_passed" }));
    }
  }

  async #perform(action: MembershipAction): Promise<void> {
    const result = await this.#attempt(action);
    if (result.type === "failed") {
      const { kind, error } = result.failure;
      this.#deps.logger.warn("membership action failed", { action: action.type, kind, code: error.code });
    }
    this.#handle(result);
  }

  async #attempt(action: MembershipAction): Promise<Result> {
    try {
      return { type: "succeeded", ...(await this.#request(action)) };
    } catch (error) {
      return { type: "failed", failure: toFailure(error, this.#restart?.signal.aborted ?? false) };
    } finally {
      this.#restart = undefined;
    }
  }

  async #request(action: MembershipAction): Promise<{ delayId?: DelayId; eventId?: EventId }> {
    const { matrix } = this.#deps;
    switch (action.type) {
      case "schedule_leave":
        return { delayId: await this.#writer.scheduleLeave(action.delayMs) };
      case "restart_leave":
        await this.#restartLeave(action.delayId, action.timeoutMs);
        return {};
      case "cancel_leave":
        await matrix.cancelDelayed(action.delayId);
        return {};
      case "send_leave_now":
        await matrix.sendDelayedNow(action.delayId);
        return {};
      case "send_membership":
        return { eventId: await this.#writer.sendMembership(action.createdAtMs, action.expiresMs) };
      default:
        await this.#writer.clear();
        return {};
    }
  }

  async #restartLeave(delayId: DelayId, timeoutMs: number): Promise<void> {
    const abort = new AbortController();
    this.#restart = abort;
    const cancel = this.#deps.clock.after(timeoutMs, () => abort.abort());
    try {
      await this.#deps.matrix.restartDelayed(delayId, abort.signal);
    } finally {
      cancel();
    }
  }
}

function toFailure(cause: unknown, wasAborted: boolean): ActionFailure {
  const error =
    cause instanceof MatrixRtcError
      ? cause
      : new MatrixRtcError("homeserver_refused", "An adapter failed in a way that its port does not allow", { cause });
  if (wasAborted) return { kind: "timed_out", error };
  switch (error.code) {
    case "homeserver_unreachable":
      return { kind: "unreachable", error };
    case "rate_limited":
      return { kind: "rate_limited", retryAfterMs: error.retryAfterMs, error };
    case "not_found":
      return { kind: "not_found", error };
    case "logged_out":
      return { kind: "logged_out", error };
    default:
      return { kind: "refused", error };
  }
}
