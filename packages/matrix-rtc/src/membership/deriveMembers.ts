import { once } from "@conclave/kit";

import type { RtcMember, SlotDescription } from "../model.ts";
import type { UserId } from "../ids.ts";
import { isRecord } from "../json.ts";
import type { RawEvent, RoomView } from "../ports.ts";
import { isSameSlot, slotId } from "../slot.ts";
import type { ReadTransport } from "../transport/RtcTransport.ts";
import { readLegacyMembership } from "./legacyMembership.ts";
import type { MembershipLedger } from "./MembershipLedger.ts";
import { ownerOf, type ReadMembership, type RtcMembership } from "./RtcMembership.ts";
import { sfuIdentities } from "./sfuIdentities.ts";
import { readStickyKey, readStickyMembership } from "./stickyMembership.ts";

/** Who is in the slot now. */
export interface DerivedMembers {
  /** Oldest first. */
  readonly members: readonly RtcMember[];
  /** Events that could not be read or claimed somebody else's member id. */
  readonly ignoredEvents: number;
  /** A slot event says that nobody is in the slot by a sticky membership. */
  readonly isClosed: boolean;
  /** When the list changes by time alone. */
  readonly nextExpiryAtMs: number | undefined;
}

/** More than any call holds, so that a flood of memberships costs bounded work. */
export const MAX_MEMBERS = 1_000;

// A list is derived anew for each change of a room, of which most members have no part.
const readState = once(readLegacyMembership);
const readSticky = once(readStickyMembership);
const lastMembers = new WeakMap<RtcMembership, RtcMember>();

/**
 * Derives the member list of one slot from the room: layer A and B together, without what has expired, has left or was
 * sent by somebody who is not in the room.
 *
 * @see matrixrtc.md 4.1 to 4.4
 */
export function deriveMembers(
  view: RoomView,
  slot: SlotDescription,
  nowMs: number,
  ledger: MembershipLedger,
): DerivedMembers {
  const isClosed = isSlotClosed(view, slot);
  const read = readAll(view, isClosed);
  const present = read.memberships.filter(
    (membership) =>
      isSameSlot(membership.slot, slot) &&
      (membership.expiresAtMs === undefined || membership.expiresAtMs > nowMs) &&
      view.joined.has(membership.userId),
  );
  const aged = newestPerMembership(present).map((membership) => ledger.withStableAge(membership));
  const ordered = aged.toSorted(byAge);
  const owned = cut(ordered.filter((membership) => ledger.claim(membership)));
  ledger.retain(owned);
  return {
    members: owned.map((membership) => toMember(membership, owned[0] ?? membership, view)),
    ignoredEvents: read.malformed + (ordered.length - owned.length),
    isClosed,
    nextExpiryAtMs: earliest(owned),
  };
}

function readAll(view: RoomView, isClosed: boolean): { memberships: RtcMembership[]; malformed: number } {
  const sticky = isClosed ? [] : view.stickyMembers;
  const replaced = new Set(sticky.map(replacedState));
  const state = view.callMembers.filter(
    ({ sender, stateKey }) => !stateKey || !replaced.has(ofSender(sender, stateKey)),
  );
  const results: readonly ReadMembership[] = [...sticky.map(readSticky), ...state.map(readState)];
  return {
    memberships: results.flatMap((read) => (read.result === "membership" ? [read.membership] : [])),
    malformed: results.filter((read) => read.result === "malformed").length,
  };
}

/** The state event that a sticky event takes the place of: the one it names, if its sender wrote both. */
function replacedState({ sender, content }: RawEvent): string | undefined {
  const key = isRecord(content) ? readStickyKey(content) : undefined;
  return key === undefined ? undefined : ofSender(sender, key);
}

function ofSender(sender: UserId, key: string): string {
  return `${sender.length} ${sender}${key}`;
}

/** A slot that nobody has described is open (MSC4143 as implemented; the draft would have it closed). */
function isSlotClosed(view: RoomView, slot: SlotDescription): boolean {
  const described = view.slots.find((event: RawEvent) => event.stateKey === slotId(slot));
  if (!described) return false;
  const content = described.content;
  if (!isRecord(content) || content["status"] !== "open") return true;
  const application = content["application"];
  return !isRecord(application) || application["type"] !== slot.application;
}

/** One device may have several events for one membership: old and new state keys, state and sticky. The newest counts. */
function newestPerMembership(memberships: readonly RtcMembership[]): readonly RtcMembership[] {
  const newest = new Map<string, RtcMembership>();
  for (const membership of memberships) {
    const key = `${membership.memberId.length} ${membership.memberId}${ownerOf(membership)}`;
    const other = newest.get(key);
    if (!other || other.sentAtMs < membership.sentAtMs) newest.set(key, membership);
  }
  return [...newest.values()];
}

/** The oldest, but each person's first device before anybody's second: one person cannot crowd out the others. */
function cut(memberships: readonly RtcMembership[]): readonly RtcMembership[] {
  if (memberships.length <= MAX_MEMBERS) return memberships;
  const devices = new Map<UserId, number>();
  const ranked = memberships.map((membership) => {
    const rank = devices.get(membership.userId) ?? 0;
    devices.set(membership.userId, rank + 1);
    return { membership, rank };
  });
  const kept = ranked.toSorted((a, b) => a.rank - b.rank).slice(0, MAX_MEMBERS);
  return kept.map(({ membership }) => membership).toSorted(byAge);
}

function byAge(a: RtcMembership, b: RtcMembership): number {
  return a.joinedAtMs - b.joinedAtMs || (a.memberId < b.memberId ? -1 : 1);
}

/** The same object as last time if it says the same. */
function toMember(membership: RtcMembership, oldest: RtcMembership, view: RoomView): RtcMember {
  const at = membership.transport.choice === "oldest" ? oldest.transport.own : membership.transport.own;
  const displayName = view.joined.get(membership.userId)?.displayName;
  const last = lastMembers.get(membership);
  const isSamePlace = last?.transport === at.transport && last?.noTransport === at.reason;
  if (last && isSamePlace && last.displayName === displayName) return last;
  const member = makeMember(membership, at, displayName);
  lastMembers.set(membership, member);
  return member;
}

function makeMember(
  membership: RtcMembership,
  { transport, reason }: ReadTransport,
  displayName: string | undefined,
): RtcMember {
  const { userId, deviceId, memberId, joinedAtMs, eventId, intent } = membership;
  const identities = sfuIdentities(membership, membership.source === "state" ? "plain" : "hashed");
  const place = reason === undefined ? { transport } : { transport, noTransport: reason };
  return { userId, deviceId, memberId, joinedAtMs, eventId, sfuIdentities: identities, ...place, intent, displayName };
}

function earliest(memberships: readonly RtcMembership[]): number | undefined {
  const times = memberships.flatMap((membership) => membership.expiresAtMs ?? []);
  return times.length === 0 ? undefined : times.reduce((a, b) => Math.min(a, b));
}
