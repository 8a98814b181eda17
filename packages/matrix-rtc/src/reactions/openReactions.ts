import { type Clock, computed, type Logger, type ReadonlySignal, type Scope, untracked } from "@conclave/kit";

import { CALL_EVENTS } from "../callEvents.ts";
import { MatrixRtcError } from "../errors.ts";
import { memberKey } from "../memberKey.ts";
import type { MatrixPort } from "../ports.ts";
import type { RtcSelf } from "../sessionModel.ts";
import { firstGrapheme, reactionContent } from "./callReactionEvents.ts";
import type { RaisedHand } from "./HandBook.ts";
import { OwnHand } from "./OwnHand.ts";
import { ownMember } from "./ownMember.ts";
import { type CallRoom, watchHands } from "./watchHands.ts";
import { type ActiveReaction, watchReactions } from "./watchReactions.ts";

export interface CallReactionsDeps {
  readonly matrix: Pick<MatrixPort, "watchEvents" | "readRecentEvents" | "readRelations" | "sendEvent" | "redactEvent">;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Raised hands and emojis of a call, as Element Call speaks them. */
export interface CallReactions {
  /** In the order in which they were raised. */
  readonly hands: ReadonlySignal<readonly RaisedHand[]>;
  /** Which emojis are shown now. */
  readonly reactions: ReadonlySignal<readonly ActiveReaction[]>;
  /** Resolves when the homeserver has it. @throws {MatrixRtcError} as `MatrixPort.sendEvent`; the hand stays down then */
  raiseHand(): Promise<void>;
  /** Resolves when the homeserver has it. @throws {MatrixRtcError} as `MatrixPort.redactEvent`; the hand stays up then */
  lowerHand(): Promise<void>;
  /**
   * Shows the first character of `emoji` to everybody for three seconds. Does nothing while the last one is being shown.
   *
   * @throws {MatrixRtcError} as `MatrixPort.sendEvent`
   */
  react(emoji: string): Promise<void>;
}

/**
 * Follows the hands and emojis of the members until the scope ends. Hands that are up already are asked for a second later.
 *
 * @see matrixrtc.md 12.6, 12.7
 */
export function openReactions(
  deps: CallReactionsDeps,
  room: CallRoom & { readonly self: RtcSelf },
  scope: Scope,
): CallReactions {
  const watched = watchHands(deps, room, scope);
  const shown = watchReactions(deps, room, scope);
  const own = new OwnHand(deps, room, watched, scope);
  let isReacting = false;
  return {
    hands: watched.hands,
    reactions: computed(() => [...shown.active.get().values()]),
    raiseHand: () => own.raise(),
    lowerHand: () => own.lower(),
    async react(emoji) {
      const first = firstGrapheme(emoji);
      const self = ownMember(room);
      if (!self) throw new MatrixRtcError("not_found", "The own membership has not arrived yet");
      if (first === undefined || isReacting || untracked(() => shown.active.get()).has(memberKey(self))) return;
      isReacting = true;
      try {
        const content = reactionContent(self.eventId, first);
        await deps.matrix.sendEvent(room.roomId, CALL_EVENTS.reaction, content);
        shown.show({ sender: self.userId, target: self.eventId, emoji: first });
      } finally {
        isReacting = false;
      }
    },
  };
}
