import type { MembershipAction, MembershipState } from "./membershipModel.ts";

/** A delay that leaves room for an answer as slow as the last one, and for a lost one. */
const DELAY_PER_ANSWER = 4;
/** Delays that differ by less than this factor do as well as each other. */
const WORTH_CHANGING = 1.5;
/** So many quick answers in a row show that a slow homeserver has recovered. */
const QUICK_ANSWERS = 10;

/** Takes in how long the homeserver took to answer: at once if that was long, and after a while if it is quick again. */
export function noteAnswerTime(state: MembershipState, answerMs: number): MembershipState {
  const neededMs = Math.min(state.maxDelayMs, Math.max(state.usualDelayMs, answerMs * DELAY_PER_ANSWER));
  if (neededMs * WORTH_CHANGING > state.delayMs)
    return { ...state, delayMs: Math.max(state.delayMs, neededMs), quickAnswers: 0 };
  const quickAnswers = state.quickAnswers + 1;
  return quickAnswers < QUICK_ANSWERS ? { ...state, quickAnswers } : { ...state, delayMs: neededMs, quickAnswers: 0 };
}

/**
 * What keeps the delayed leave fitting while nothing more urgent is due: one with the right delay takes the place of
 * the present one, which is cancelled after that, so that there is always one.
 */
export function fitLeave({ armed, delayMs, retired }: MembershipState): MembershipAction | undefined {
  if (retired !== undefined) return { type: "cancel_leave", delayId: retired };
  if (!armed) return undefined;
  const isTooShort = armed.delayMs * WORTH_CHANGING <= delayMs;
  const isTooLong = delayMs * WORTH_CHANGING <= armed.delayMs;
  return isTooShort || isTooLong ? { type: "schedule_leave", delayMs } : undefined;
}
