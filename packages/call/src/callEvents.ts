import { computed, type Scope, signal } from "@conclave/kit";
import {
  type CallReactions,
  type MatrixFeatures,
  memberKey,
  openReactions,
  ringOthers,
  ROOM_CALL_SLOT,
  type RtcSession,
} from "@conclave/matrix-rtc";

import { announcedIntent } from "./announce.ts";
import type { CallDeps } from "./deps.ts";
import type { Call, JoinOptions } from "./model.ts";
import { toCallError } from "./toCallError.ts";

/** What the people in a call tell each other besides sound and picture. */
export type CallEvents = Pick<Call, "hands" | "reactions" | "ring" | "raiseHand" | "lowerHand" | "react">;

export interface CallEventsOptions {
  readonly session: RtcSession;
  readonly options: JoinOptions;
  /** `undefined` if the homeserver did not say. */
  readonly features: MatrixFeatures | undefined;
}

/** Follows what is told in the call, and calls the others if that was asked for. To be begun before the membership is sent. */
export function openCallEvents(
  deps: CallDeps,
  { session, options, features }: CallEventsOptions,
  scope: Scope,
): CallEvents {
  const { members, self } = session;
  const { roomId, slot = ROOM_CALL_SLOT, notify } = options;
  const told = openReactions(deps, { roomId, members, self }, scope);
  const ring = notify
    ? ringOthers(
        deps,
        { roomId, slot, members, room: deps.matrix.watchRoom(roomId, scope) },
        {
          self,
          kind: notify.type,
          intent: announcedIntent(options),
          lifetimeMs: notify.lifetimeMs,
          isSticky: features?.stickyEvents ?? false,
        },
        scope,
      )
    : signal(undefined);
  return { ring, ...withCallIds(told), ...withCallErrors(told) };
}

function withCallIds({ hands, reactions }: CallReactions): Pick<CallEvents, "hands" | "reactions"> {
  return {
    hands: computed(() => hands.get().map((hand) => ({ memberId: memberKey(hand), raisedAtMs: hand.raisedAtMs }))),
    reactions: computed(() => new Map(reactions.get().map((reaction) => [memberKey(reaction), reaction.emoji]))),
  };
}

function withCallErrors(told: CallReactions): Pick<CallEvents, "raiseHand" | "lowerHand" | "react"> {
  return {
    raiseHand: () => sent(told.raiseHand()),
    lowerHand: () => sent(told.lowerHand()),
    react: (emoji) => sent(told.react(emoji)),
  };
}

/** @throws {CallError} `event_refused`, `rate_limited`, `homeserver_unreachable`, `logged_out` */
export async function sent(sending: Promise<void>): Promise<void> {
  try {
    await sending;
  } catch (fault) {
    throw toCallError(fault, "event_refused");
  }
}
