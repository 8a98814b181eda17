import type { UserId } from "../ids.ts";

/** What became of the call to one user. */
export type PickupAnswer = "ringing" | "accepted" | "declined" | "timed_out";

/** What a caller knows about those who are called. */
export interface PickupFacts {
  readonly recipients: readonly UserId[];
  /** Users who have been in the call since it rings, whether they still are or not. */
  readonly came: ReadonlySet<UserId>;
  readonly declined: ReadonlySet<UserId>;
  /** Whether the notification has expired. */
  readonly isOver: boolean;
}

export interface Pickup {
  /** For each who is called. */
  readonly answers: ReadonlyMap<UserId, PickupAnswer>;
  /** `accepted` as soon as one came; `declined` when all said no; `timed_out` when time is over and none came. */
  readonly outcome: PickupAnswer;
}

/**
 * Derives what became of a ringing call, for each user and in all. Who said no may still come.
 *
 * @see matrixrtc.md 12.5, 17.2 no. 19
 */
export function derivePickup({ recipients, came, declined, isOver }: PickupFacts): Pickup {
  const answer = (user: UserId): PickupAnswer => {
    if (came.has(user)) return "accepted";
    if (declined.has(user)) return "declined";
    return isOver ? "timed_out" : "ringing";
  };
  const answers = new Map(recipients.map((user) => [user, answer(user)]));
  return { answers, outcome: outcomeOf([...answers.values()]) };
}

function outcomeOf(answers: readonly PickupAnswer[]): PickupAnswer {
  if (answers.includes("accepted")) return "accepted";
  if (answers.includes("ringing")) return "ringing";
  // With nobody to call there is nobody who could say no.
  return answers.length > 0 && answers.every((answer) => answer === "declined") ? "declined" : "timed_out";
}
