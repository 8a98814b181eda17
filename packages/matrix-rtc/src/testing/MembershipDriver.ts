import { MatrixRtcError } from "../errors.ts";
import type { DelayId, EventId } from "../ids.ts";
import { transition } from "../membership/membershipMachine.ts";
import {
  initialMembershipState,
  type ActionFailure,
  type MembershipAction,
  type MembershipEvent,
  type MembershipState,
} from "../membership/membershipModel.ts";

const START_MS = 1_000_000;

/** Drives the machine as the publisher would, with a list of what was asked of it. */
export class MembershipDriver {
  state: MembershipState = initialMembershipState;
  nowMs: number = START_MS;
  readonly actions: MembershipAction[] = [];
  wakeAtMs: number | undefined;

  send(event: MembershipEvent): this {
    const { state, effects } = transition(this.state, event, this.nowMs);
    this.state = state;
    this.wakeAtMs = undefined;
    for (const effect of effects) {
      if (effect.type === "perform") this.actions.push(effect.action);
      else this.wakeAtMs = effect.atMs;
    }
    return this;
  }

  /** Moves to an instant, counted from the start. */
  at(ms: number): this {
    this.nowMs = START_MS + ms;
    return this;
  }

  get last(): MembershipAction | undefined {
    return this.actions.at(-1);
  }

  get names(): readonly string[] {
    return this.actions.map((action) => action.type);
  }

  /** The next wake-up, counted from the start. */
  get wakesAfterMs(): number | undefined {
    return this.wakeAtMs === undefined ? undefined : this.wakeAtMs - START_MS;
  }
}

export const DRIVEN_DELAY_ID: DelayId = "d1" as DelayId;
export const DRIVEN_EVENT_ID: EventId = "$e1" as EventId;
export const DRIVEN_ERROR: MatrixRtcError = new MatrixRtcError("homeserver_refused", "as told");

export function failed(kind: ActionFailure["kind"]): MembershipEvent {
  const error = DRIVEN_ERROR;
  return { type: "failed", failure: kind === "rate_limited" ? { kind, retryAfterMs: 700, error } : { kind, error } };
}

/** A machine that has joined with a delayed leave, and whose membership has been seen. */
export function joinedDriver(): MembershipDriver {
  return new MembershipDriver()
    .send({ type: "join_requested", delayedEvents: true })
    .send({ type: "succeeded", delayId: DRIVEN_DELAY_ID })
    .send({ type: "succeeded", eventId: DRIVEN_EVENT_ID })
    .send({ type: "own_membership", seen: { eventId: DRIVEN_EVENT_ID, createdAtMs: START_MS - 1_000 } });
}
