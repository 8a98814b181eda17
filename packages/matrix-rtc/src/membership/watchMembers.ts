import {
  effect,
  signal,
  untracked,
  type CancelTimer,
  type Clock,
  type ReadonlySignal,
  type Scope,
} from "@conclave/kit";

import type { RtcMember, SlotDescription } from "../model.ts";
import type { RoomView } from "../ports.ts";
import { deriveMembers } from "./deriveMembers.ts";
import { MembershipLedger } from "./MembershipLedger.ts";

export interface WatchMembersDeps {
  readonly clock: Clock;
  readonly room: ReadonlySignal<RoomView | undefined>;
  /** How far the homeserver's clock, by which memberships expire, is ahead of ours. */
  readonly serverOffsetMs: ReadonlySignal<number>;
}

export interface MemberList {
  readonly members: readonly RtcMember[];
  readonly ignoredEvents: number;
  /** A slot event says so; sticky memberships do not count then. */
  readonly isClosed: boolean;
}

const NOBODY: MemberList = { members: [], ignoredEvents: 0, isClosed: false };

/** Keeps the member list of a slot: recalculated when the room changes and when a membership expires. */
export function watchMembers(deps: WatchMembersDeps, slot: SlotDescription, scope: Scope): ReadonlySignal<MemberList> {
  const list = signal<MemberList>(NOBODY, { equals: isSameList });
  const ledger = new MembershipLedger();
  let cancelExpiry: CancelTimer | undefined;
  scope.onEnd(() => cancelExpiry?.());

  function recalculate(view: RoomView | undefined): void {
    cancelExpiry?.();
    if (!view || scope.isEnded) {
      list.set(NOBODY);
      return;
    }
    const nowMs = deps.clock.nowMs() + deps.serverOffsetMs.get();
    const { nextExpiryAtMs, ...derived } = deriveMembers(view, slot, nowMs, ledger);
    list.set(derived);
    if (nextExpiryAtMs !== undefined) {
      cancelExpiry = deps.clock.after(nextExpiryAtMs - nowMs, () => recalculate(deps.room.get()));
    }
  }

  effect(scope, () => {
    const view = deps.room.get();
    deps.serverOffsetMs.get();
    untracked(() => recalculate(view));
  });
  return list;
}

function isSameList(a: MemberList, b: MemberList): boolean {
  if (a.isClosed !== b.isClosed || a.ignoredEvents !== b.ignoredEvents) return false;
  if (a.members.length !== b.members.length) return false;
  return a.members.every((member, index) => isSameMember(member, b.members[index]));
}

// Members are plain data with a fixed order of fields, so their JSON tells them apart.
function isSameMember(a: RtcMember, b: RtcMember | undefined): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
