import { type CancelTimer, type Clock, effect, type Logger, type Scope, untracked } from "@conclave/kit";

import { CALL_EVENTS } from "../callEvents.ts";
import { MatrixRtcError } from "../errors.ts";
import type { EventId } from "../ids.ts";
import type { MatrixPort } from "../ports.ts";
import type { RtcSelf } from "../sessionModel.ts";
import { handContent } from "./callReactionEvents.ts";
import { type HandState, nextHandAction } from "./nextHandAction.ts";
import { ownMember } from "./ownMember.ts";
import type { CallRoom, WatchedHands } from "./watchHands.ts";

export interface OwnHandDeps {
  readonly matrix: Pick<MatrixPort, "sendEvent" | "redactEvent">;
  readonly clock: Clock;
  readonly logger: Logger;
}

const RETRY_MS = [1_000, 4_000, 15_000] as const;

/**
 * The own hand: up or down, and kept up when the own membership gets another event id, to which the others would not find
 * a hand.
 *
 * @see matrixrtc.md 12.6, 17.2 no. 18
 */
export class OwnHand {
  readonly #deps: OwnHandDeps;
  readonly #room: CallRoom & { readonly self: RtcSelf };
  readonly #shown: WatchedHands;
  readonly #scope: Scope;
  #state: HandState = { isWanted: false, sent: undefined };
  #work: Promise<void> = Promise.resolve();
  #failures = 0;
  #cancelRetry: CancelTimer | undefined;

  constructor(deps: OwnHandDeps, room: CallRoom & { readonly self: RtcSelf }, shown: WatchedHands, scope: Scope) {
    this.#deps = deps;
    this.#room = room;
    this.#shown = shown;
    this.#scope = scope;
    scope.onEnd(() => this.#cancelRetry?.());
    effect(scope, () => {
      room.members.get();
      untracked(() => this.#keepUp());
    });
  }

  /** Resolves when the homeserver has it. @throws {MatrixRtcError} as `MatrixPort.sendEvent`; the hand stays down then */
  async raise(): Promise<void> {
    if (!this.#ownEvent()) throw new MatrixRtcError("not_found", "The own membership has not arrived yet");
    await this.#want(true);
  }

  /** Resolves when the homeserver has it. @throws {MatrixRtcError} as `MatrixPort.redactEvent`; the hand stays up then */
  lower(): Promise<void> {
    return this.#want(false);
  }

  async #want(isWanted: boolean): Promise<void> {
    const before = this.#state.isWanted;
    this.#state = { ...this.#state, isWanted };
    try {
      await this.#settle();
    } catch (fault) {
      if (this.#state.isWanted === isWanted) this.#state = { ...this.#state, isWanted: before };
      throw fault;
    }
  }

  /** One request after the other, until the homeserver has what is wanted. */
  #settle(): Promise<void> {
    this.#work = this.#work.catch(() => {}).then(() => this.#perform());
    return this.#work;
  }

  async #perform(): Promise<void> {
    const { matrix, clock } = this.#deps;
    const { roomId, self } = this.#room;
    for (;;) {
      const action = this.#scope.isEnded ? undefined : nextHandAction(this.#state, this.#ownEvent());
      if (!action) return;
      if (action.type === "raise") {
        const eventId = await matrix.sendEvent(roomId, CALL_EVENTS.annotation, handContent(action.target));
        this.#state = { ...this.#state, sent: { eventId, target: action.target } };
        this.#shown.raised({ eventId, sender: self.userId, target: action.target, atMs: clock.nowMs() });
      } else {
        await matrix.redactEvent(roomId, action.eventId);
        this.#state = { ...this.#state, sent: undefined };
        this.#shown.lowered(action.eventId);
      }
    }
  }

  #keepUp(): void {
    const { sent, isWanted } = this.#state;
    if (!isWanted || !sent || this.#cancelRetry || sent.target === (this.#ownEvent() ?? sent.target)) return;
    this.#settle().then(
      () => (this.#failures = 0),
      (fault: unknown) => this.#tryLater(fault),
    );
  }

  #tryLater(fault: unknown): void {
    const code = fault instanceof MatrixRtcError ? fault.code : "internal";
    this.#deps.logger.warn("the hand could not be raised again", { code });
    const delayMs = RETRY_MS[this.#failures++];
    if (delayMs === undefined || this.#scope.isEnded) {
      this.#state = { isWanted: false, sent: undefined };
      return;
    }
    const asked = fault instanceof MatrixRtcError ? (fault.retryAfterMs ?? 0) : 0;
    this.#cancelRetry = this.#deps.clock.after(Math.max(delayMs, asked), () => {
      this.#cancelRetry = undefined;
      this.#keepUp();
    });
  }

  #ownEvent(): EventId | undefined {
    return ownMember(this.#room)?.eventId;
  }
}
