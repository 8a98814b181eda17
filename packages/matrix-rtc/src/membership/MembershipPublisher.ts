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
import { LeaveRestarts, type RestartAnswer } from "./LeaveRestarts.ts";
import { transition } from "./membershipMachine.ts";
import {
  initialMembershipState,
  type ActionFailure,
  type MembershipAction,
  type MembershipEvent,
  type MembershipState,
  type SeenMembership,
} from "./membershipModel.ts";
import type { MembershipWriter } from "./membershipWriters.ts";

export interface MembershipPublisherDeps {
  readonly matrix: Pick<MatrixPort, "restartDelayed" | "sendDelayedNow" | "cancelDelayed">;
  readonly clock: Clock;
  readonly logger: Logger;
}

type Result = Extract<MembershipEvent, { type: "succeeded" | "failed" }>;

/** Runs the membership machine: performs its actions one at a time and keeps its timer. */
export class MembershipPublisher {
  readonly #deps: MembershipPublisherDeps;
  readonly #writer: MembershipWriter;
  readonly #scope: Scope;
  readonly #state: WritableSignal<MembershipState> = signal(initialMembershipState);
  #cancelWake: CancelTimer = () => {};
  readonly #restarts: LeaveRestarts;

  /** @param scope ends timers and requests; leave first */
  constructor(deps: MembershipPublisherDeps, writer: MembershipWriter, scope: Scope) {
    this.#deps = deps;
    this.#writer = writer;
    this.#scope = scope;
    this.#restarts = new LeaveRestarts(deps, (answer) => this.#noteLate(answer));
    scope.onEnd(() => {
      this.#cancelWake();
      this.#restarts.abort();
    });
  }

  get state(): ReadonlySignal<MembershipState> {
    return this.#state;
  }

  join({ delayedEvents, maxDelayMs }: MatrixFeatures): void {
    this.#handle({ type: "join_requested", delayedEvents, maxDelayMs, lifeMs: this.#writer.lifeMs });
  }

  contentChanged(): void {
    this.#handle({ type: "content_changed" });
  }

  /** Starts to leave, without waiting for a restart that hangs. */
  leave(): void {
    this.#handle({ type: "leave_requested" });
    this.#restarts.abort();
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
    this.#handle({ ...result, of: action.type });
  }

  async #attempt(action: MembershipAction): Promise<Result> {
    try {
      if (action.type === "restart_leave") return toResult(await this.#restarts.ask(action.delayId, action.timeoutMs));
      return { type: "succeeded", ...(await this.#request(action)) };
    } catch (error) {
      return { type: "failed", failure: toFailure(error) };
    }
  }

  async #request(
    action: Exclude<MembershipAction, { type: "restart_leave" }>,
  ): Promise<{ delayId?: DelayId; eventId?: EventId }> {
    const { matrix } = this.#deps;
    switch (action.type) {
      case "schedule_leave":
        return { delayId: await this.#writer.scheduleLeave(action.delayMs) };
      case "cancel_leave":
        await matrix.cancelDelayed(action.delayId);
        return {};
      case "send_leave_now":
        await matrix.sendDelayedNow(action.delayId);
        return {};
      case "send_membership": {
        const { createdAtMs, expiresMs, previousEventId: previous } = action;
        return { eventId: await this.#writer.sendMembership({ createdAtMs, expiresMs, previous }) };
      }
      default:
        await this.#writer.clear();
        return {};
    }
  }

  #noteLate(answer: RestartAnswer): void {
    // What a failure would change has been done when the answer did not come.
    if (!("delayId" in answer)) return;
    const { outcome, delayId, askedAtMs } = answer;
    this.#handle({ type: "late_restart", outcome, delayId, askedAtMs });
  }
}

function toResult(answer: RestartAnswer): Result {
  switch (answer.outcome) {
    case "restarted":
      return { type: "succeeded", askedAtMs: answer.askedAtMs };
    case "not_found":
    case "timed_out":
      return { type: "failed", failure: { kind: answer.outcome, error: answer.error } };
    default:
      return { type: "failed", failure: toFailure(answer.error) };
  }
}

function toFailure(cause: unknown): ActionFailure {
  const error =
    cause instanceof MatrixRtcError
      ? cause
      : new MatrixRtcError("homeserver_refused", "An adapter failed in a way that its port does not allow", { cause });
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
      return { kind: "refused", maxDelayMs: error.maxDelayMs, error };
  }
}
