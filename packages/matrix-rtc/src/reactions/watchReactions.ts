import { type Clock, type ReadonlySignal, type Scope, signal, untracked } from "@conclave/kit";

import type { DeviceId, UserId } from "../ids.ts";
import { memberKey } from "../memberKey.ts";
import type { MatrixPort } from "../ports.ts";
import { type ReactionEvent, tryReadReaction } from "./callReactionEvents.ts";
import { MembershipEvents } from "./MembershipEvents.ts";
import type { CallRoom } from "./watchHands.ts";

export interface WatchReactionsDeps {
  readonly matrix: Pick<MatrixPort, "watchEvents">;
  readonly clock: Clock;
}

/** How long an emoji is shown. */
export const REACTION_MS = 3_000;
/** Emojis at one time, in a call of however many. */
const MAX_ACTIVE = 100;

/** An emoji that a member shows now. */
export interface ActiveReaction {
  readonly userId: UserId;
  readonly deviceId: DeviceId;
  readonly memberId: string;
  readonly emoji: string;
}

export interface WatchedReactions {
  /** By `memberKey`. */
  readonly active: ReadonlySignal<ReadonlyMap<string, ActiveReaction>>;
  /** Shows what the homeserver has just taken, before it comes back. */
  show(reaction: ReactionEvent): void;
}

/**
 * Keeps who shows which emoji. One at a time for each member, whoever sends more is not heard until it is gone: so a
 * flood costs others nothing.
 */
export function watchReactions(deps: WatchReactionsDeps, room: CallRoom, scope: Scope): WatchedReactions {
  const { clock, matrix } = deps;
  const active = signal<ReadonlyMap<string, ActiveReaction>>(new Map());
  const events = new MembershipEvents();
  const timers = new Set<() => void>();

  function show({ sender, target, emoji }: ReactionEvent): void {
    const nowMs = clock.nowMs();
    events.follow(
      untracked(() => room.members.get()),
      nowMs,
    );
    const owner = events.find(target, nowMs)?.member;
    if (owner?.userId !== sender) return;
    const key = memberKey(owner);
    const before = untracked(() => active.get());
    if (scope.isEnded || before.has(key) || before.size >= MAX_ACTIVE) return;
    const { userId, deviceId, memberId } = owner;
    active.set(new Map([...before, [key, { userId, deviceId, memberId, emoji }]]));
    const cancel = clock.after(REACTION_MS, () => {
      timers.delete(cancel);
      const rest = new Map(untracked(() => active.get()));
      rest.delete(key);
      active.set(rest);
    });
    timers.add(cancel);
  }

  matrix.watchEvents(room.roomId, scope).on(scope, (event) => {
    const reaction = tryReadReaction(event);
    if (reaction) show(reaction);
  });
  scope.onEnd(() => {
    for (const cancel of timers) cancel();
  });
  return { active, show };
}
