import type { EventId } from "../ids.ts";

export interface HandState {
  readonly isWanted: boolean;
  /** The annotation that the others see, and the membership event that it is on. */
  readonly sent: { readonly eventId: EventId; readonly target: EventId } | undefined;
}

export type HandAction =
  | { readonly type: "raise"; readonly target: EventId }
  | { readonly type: "lower"; readonly eventId: EventId };

/**
 * What is to be asked of the homeserver next, so that the others see the hand that is wanted.
 *
 * ```
 *         raise                     own event changes
 *   down ───────► up on event A ─────────────────────► up on event B
 *     ▲                 │ lower: redact                     │
 *     └─────────────────┴───────────────────────────────────┘
 * ```
 *
 * The annotation on a former event is left where it is: nobody shows it once the next one is there, or after a moment.
 *
 * @param ownEvent the own membership's current event; `undefined` while it is not in the room
 */
export function nextHandAction({ isWanted, sent }: HandState, ownEvent: EventId | undefined): HandAction | undefined {
  if (!isWanted) return sent && { type: "lower", eventId: sent.eventId };
  return ownEvent === undefined || sent?.target === ownEvent ? undefined : { type: "raise", target: ownEvent };
}
