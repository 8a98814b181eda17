import type { DeviceId, EventId, UserId } from "../ids.ts";
import { memberKey } from "../memberKey.ts";
import type { RtcMember } from "../model.ts";
import type { HandEvent } from "./callReactionEvents.ts";
import type { MembershipEvents } from "./MembershipEvents.ts";

/** A member who wants to speak. */
export interface RaisedHand {
  readonly userId: UserId;
  readonly deviceId: DeviceId;
  readonly memberId: string;
  /** By the homeserver's clock. */
  readonly raisedAtMs: number;
}

export interface StandingHands {
  /** In the order in which they were raised. */
  readonly hands: readonly RaisedHand[];
  /** When the list changes by time alone. */
  readonly nextEndAtMs: number | undefined;
}

interface Entry extends HandEvent {
  /** The first of the hands that this one continues. */
  readonly raisedAtMs: number;
}

/** Annotations of one sender that are remembered: each of several devices, re-sent a few times. */
const MAX_PER_SENDER = 16;
/** Annotations of memberships that have not arrived yet. */
const MAX_WAITING = 64;
/** Redactions that may overtake the annotation that they are of, which happens while hands are being read. */
const MAX_REDACTED = 512;

/**
 * Who has a hand up, from annotations and redactions in whatever order they become known. Each of them costs bounded
 * work, and all together bounded memory.
 *
 * A member has one hand: its newest annotation stands for all before, so that a hand which was raised again with a
 * re-sent membership keeps its place in the queue, and goes down when the newest annotation is redacted.
 */
export class HandBook {
  readonly #events: MembershipEvents;
  readonly #bySender = new Map<UserId, readonly Entry[]>();
  #waiting: readonly HandEvent[] = [];
  readonly #redacted = new Set<EventId>();

  constructor(events: MembershipEvents) {
    this.#events = events;
  }

  raised(hand: HandEvent, nowMs: number): void {
    const owned = this.#events.find(hand.target, nowMs);
    if (!owned) this.#waiting = [...this.#waiting.slice(1 - MAX_WAITING), hand];
    else if (owned.member.userId === hand.sender) this.#enter(hand, nowMs);
    if (this.#redacted.has(hand.eventId)) this.#takeDown(hand.eventId, nowMs);
  }

  redacted(eventId: EventId, nowMs: number): void {
    this.#redacted.add(eventId);
    for (const oldest of this.#redacted) {
      if (this.#redacted.size <= MAX_REDACTED) break;
      this.#redacted.delete(oldest);
    }
    this.#takeDown(eventId, nowMs);
  }

  #takeDown(eventId: EventId, nowMs: number): void {
    this.#waiting = this.#waiting.filter((hand) => hand.eventId !== eventId);
    for (const [sender, entries] of this.#bySender) {
      const gone = entries.find((entry) => entry.eventId === eventId);
      if (gone) this.#bySender.set(sender, this.#without(gone, entries, nowMs));
    }
  }

  /** The members are others now: hands may have found their membership, or lost it. */
  membersChanged(nowMs: number): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const hand of waiting) this.raised(hand, nowMs);
    for (const [sender, entries] of this.#bySender) {
      const kept = entries.filter(({ target }) => this.#events.find(target, nowMs));
      if (kept.length === 0) this.#bySender.delete(sender);
      else this.#bySender.set(sender, kept);
    }
  }

  standing(nowMs: number): StandingHands {
    const standing = [...this.#bySender.values()].flatMap((entries) => this.#handsOf(entries, nowMs));
    const hands = standing.map(({ hand }) => hand).toSorted(byTime);
    const ends = standing.flatMap(({ untilMs }) => untilMs ?? []);
    return { hands, nextEndAtMs: ends.length === 0 ? undefined : Math.min(...ends) };
  }

  #enter(hand: HandEvent, nowMs: number): void {
    const others = (this.#bySender.get(hand.sender) ?? []).filter((other) => other.eventId !== hand.eventId);
    const same = others.filter((other) => this.#isSameMember(other, hand, nowMs));
    const entry = { ...hand, raisedAtMs: Math.min(hand.atMs, ...same.map((other) => other.raisedAtMs)) };
    this.#bySender.set(hand.sender, [...others, entry].toSorted((a, b) => a.atMs - b.atMs).slice(-MAX_PER_SENDER));
  }

  /** Without the hand, and without what it continued. */
  #without(gone: Entry, entries: readonly Entry[], nowMs: number): readonly Entry[] {
    return entries.filter(
      (entry) => entry !== gone && !(entry.atMs <= gone.atMs && this.#isSameMember(entry, gone, nowMs)),
    );
  }

  #isSameMember(a: HandEvent, b: HandEvent, nowMs: number): boolean {
    const [first, second] = [this.#events.find(a.target, nowMs), this.#events.find(b.target, nowMs)];
    if (!first || !second) return a.target === b.target;
    return memberKey(first.member) === memberKey(second.member);
  }

  /** At most one for each device of the sender. */
  #handsOf(
    entries: readonly Entry[],
    nowMs: number,
  ): readonly { readonly hand: RaisedHand; readonly untilMs: number | undefined }[] {
    const newest = new Map<string, { hand: RaisedHand; untilMs: number | undefined }>();
    for (const entry of entries) {
      const owned = this.#events.find(entry.target, nowMs);
      if (!owned) continue;
      newest.set(memberKey(owned.member), { hand: toHand(owned.member, entry.raisedAtMs), untilMs: owned.untilMs });
    }
    return [...newest.values()];
  }
}

function toHand({ userId, deviceId, memberId }: RtcMember, raisedAtMs: number): RaisedHand {
  return { userId, deviceId, memberId, raisedAtMs };
}

function byTime(a: RaisedHand, b: RaisedHand): number {
  return a.raisedAtMs - b.raisedAtMs || (memberKey(a) < memberKey(b) ? -1 : 1);
}
