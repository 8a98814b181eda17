import { ownerOf, type RtcMembership } from "./RtcMembership.ts";

interface Entry {
  readonly owner: string;
  readonly joinedAtMs: number;
}

/**
 * Remembers, for the members who are present, who showed a member id first and when.
 *
 * Two things need memory: the time stamp of a sticky membership moves with each refresh, although its owner did not
 * rejoin; and a member id is a claim, which a second device could copy.
 */
export class MembershipLedger {
  #entries = new Map<string, Entry>();

  /** The membership with the age that it was first seen with. */
  withStableAge(membership: RtcMembership): RtcMembership {
    const entry = this.#entries.get(membership.memberId);
    if (membership.source === "state" || entry?.owner !== ownerOf(membership)) return membership;
    return { ...membership, joinedAtMs: Math.min(entry.joinedAtMs, membership.joinedAtMs) };
  }

  /** Whether the member id belongs to this membership's device; the first to show it owns it. */
  claim(membership: RtcMembership): boolean {
    const entry = this.#entries.get(membership.memberId);
    if (entry && entry.owner !== ownerOf(membership)) return false;
    this.#entries.set(membership.memberId, { owner: ownerOf(membership), joinedAtMs: membership.joinedAtMs });
    return true;
  }

  /** Forgets everybody else. */
  retain(present: readonly RtcMembership[]): void {
    const kept = new Map<string, Entry>();
    for (const { memberId } of present) {
      const entry = this.#entries.get(memberId);
      if (entry) kept.set(memberId, entry);
    }
    this.#entries = kept;
  }
}
