import { type CancelTimer, type Clock, effect, type ReadonlySignal, type Scope } from "@conclave/kit";
import type { OutgoingRing, RtcMember, UserId } from "@conclave/matrix-rtc";

import type { JoinOptions, LeaveReason } from "./model.ts";

export interface CallEndings {
  readonly clock: Clock;
  readonly self: UserId;
  readonly members: ReadonlySignal<readonly RtcMember[]>;
  readonly ring: ReadonlySignal<OutgoingRing | undefined>;
  readonly options: Pick<JoinOptions, "waitForPickup" | "autoLeave">;
}

/** A membership that is sent anew may be missing for a moment: nobody is hung up on for that. */
const OTHERS_GONE_MS = 3_000;

/**
 * Leaves a call that has nothing left to wait for: nobody picks up (`waitForPickup`), or all others have gone
 * (`autoLeave`).
 *
 * @see matrixrtc.md 12.5
 */
export function leaveWhenOver(endings: CallEndings, leave: (because: LeaveReason) => void, scope: Scope): void {
  if (endings.options.waitForPickup) leaveWhenNobodyPicksUp(endings, leave, scope);
  if (endings.options.autoLeave) leaveWhenOthersHaveGone(endings, leave, scope);
}

function leaveWhenNobodyPicksUp({ ring }: CallEndings, leave: (because: LeaveReason) => void, scope: Scope): void {
  effect(scope, () => {
    const state = ring.get();
    if (state?.phase !== "sent" || state.kind !== "ring") return;
    if (state.outcome === "declined" || state.outcome === "timed_out") leave(state.outcome);
  });
}

function leaveWhenOthersHaveGone(
  { clock, members, self }: CallEndings,
  leave: (because: LeaveReason) => void,
  scope: Scope,
): void {
  let hadOthers = false;
  let cancel: CancelTimer | undefined;
  scope.onEnd(() => cancel?.());
  effect(scope, () => {
    const hasOthers = members.get().some(({ userId }) => userId !== self);
    cancel?.();
    cancel = hadOthers && !hasOthers ? clock.after(OTHERS_GONE_MS, () => leave("others_left")) : undefined;
    hadOthers ||= hasOthers;
  });
}
