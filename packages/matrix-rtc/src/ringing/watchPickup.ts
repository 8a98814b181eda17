import { type CancelTimer, type Clock, effect, type Scope, untracked } from "@conclave/kit";

import type { EventId, UserId } from "../ids.ts";
import type { MatrixPort } from "../ports.ts";
import { type Decline, tryReadDecline } from "./callNotification.ts";
import { derivePickup, type Pickup } from "./pickup.ts";
import type { RingingRoom } from "./watchRing.ts";

export interface WatchPickupDeps {
  readonly matrix: Pick<MatrixPort, "watchEvents">;
  readonly clock: Clock;
}

export interface SentRing {
  readonly notificationId: EventId;
  readonly recipients: readonly UserId[];
  readonly lifetimeMs: number;
}

export interface WatchedPickup {
  /** The notification is sent: `show` is called with what became of it now and whenever that changes. */
  begin(sent: SentRing, show: (pickup: Pickup) => void): void;
}

/** Answers that are kept until it is known what they answer. */
const MAX_EARLY = 64;

/** Follows who comes and who does not want to, until the scope ends. */
export function watchPickup({ clock, matrix }: WatchPickupDeps, room: RingingRoom, scope: Scope): WatchedPickup {
  let early: readonly Decline[] = [];
  let takeDecline = (decline: Decline): void => {
    early = [...early.slice(1 - MAX_EARLY), decline];
  };
  matrix.watchEvents(room.roomId, scope).on(scope, (event) => {
    const decline = tryReadDecline(event);
    if (decline) takeDecline(decline);
  });

  return {
    begin({ notificationId, recipients, lifetimeMs }, show) {
      const called = new Set(recipients);
      const came = new Set<UserId>();
      const declined = new Set<UserId>();
      let isOver = false;
      const tell = (): void => show(derivePickup({ recipients, came, declined, isOver }));
      takeDecline = ({ sender, target }) => {
        if (target !== notificationId || !called.has(sender) || declined.has(sender)) return;
        declined.add(sender);
        tell();
      };
      for (const decline of early) takeDecline(decline);
      early = [];
      const cancelEnd: CancelTimer = clock.after(lifetimeMs, () => {
        isOver = true;
        tell();
      });
      scope.onEnd(cancelEnd);
      effect(scope, () => {
        for (const { userId } of room.members.get()) if (called.has(userId)) came.add(userId);
        untracked(tell);
      });
    },
  };
}
