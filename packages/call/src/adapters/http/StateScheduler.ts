import { type DelayId, MatrixRtcError } from "@conclave/matrix-rtc";

import {
  findScheduled,
  isSameState,
  manageDelayed,
  type ScheduledState,
  scheduleState,
  type StateEvent,
} from "./delayedEvents.ts";
import type { HomeserverClient } from "./HomeserverClient.ts";

/** Events that may have been scheduled without our knowing; the oldest are forgotten. */
const MAX_DOUBTS = 20;

/**
 * Schedules state events. Such a request has no transaction id, and one that is sent again would leave an event behind that
 * nobody puts off: it would take its owner out of the call. So whoever got no answer looks for the event first.
 */
export class StateScheduler {
  readonly #client: HomeserverClient;
  #doubts: readonly ScheduledState[] = [];

  constructor(client: HomeserverClient) {
    this.#client = client;
  }

  /** @throws {MatrixRtcError} */
  async schedule(event: StateEvent, delayMs: number): Promise<DelayId> {
    const doubt = this.#doubts.find((other) => isSameState(other, event));
    const taken = doubt && (await this.#settle(doubt, delayMs));
    if (taken !== undefined) return taken;
    const state = { ...event, delayMs };
    try {
      return await scheduleState(this.#client, event, delayMs);
    } catch (error) {
      if (!mayHaveArrived(error)) throw error;
      this.#doubts = [...this.#doubts, state].slice(-MAX_DOUBTS);
      const found = await this.#find(state);
      if (found === undefined) throw error;
      this.#forget(state);
      return found;
    }
  }

  /** Puts off the event of an earlier call if it does for this one, and cancels it else. */
  async #settle(doubt: ScheduledState, delayMs: number): Promise<DelayId | undefined> {
    const isUsable = doubt.delayMs === delayMs;
    try {
      const delayId = await findScheduled(this.#client, doubt);
      if (delayId !== undefined) await manageDelayed(this.#client, delayId, isUsable ? "restart" : "cancel");
      this.#forget(doubt);
      return isUsable ? delayId : undefined;
    } catch (error) {
      if (error instanceof MatrixRtcError && error.retryable) throw error;
      // It has fired meanwhile, or the homeserver does not list events: another one is the best that can be done.
      this.#forget(doubt);
      return undefined;
    }
  }

  /** `undefined` if it cannot be found out, too: what failed before says more. */
  async #find(state: ScheduledState): Promise<DelayId | undefined> {
    try {
      return await findScheduled(this.#client, state);
    } catch {
      return undefined;
    }
  }

  #forget(doubt: ScheduledState): void {
    this.#doubts = this.#doubts.filter((other) => other !== doubt);
  }
}

/** Whether the homeserver may have done what it did not answer. An ended session asks no more. */
function mayHaveArrived(error: unknown): boolean {
  return error instanceof MatrixRtcError && error.code === "homeserver_unreachable" && error.retryable;
}
