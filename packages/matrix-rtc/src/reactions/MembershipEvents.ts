import type { EventId } from "../ids.ts";
import { memberKey } from "../memberKey.ts";
import type { RtcMember } from "../model.ts";

/**
 * How long what refers to a membership's former event still counts. Long enough for its owner to say it again, short enough
 * that a client which takes the hand down with each re-send (Element Call does) is not shown with one for ever.
 */
export const FORMER_EVENT_GRACE_MS = 30_000;
/** Re-sends within the grace that are remembered for one membership. */
const MAX_FORMER = 4;

/** A membership that an event id belongs to, and for how long what refers to that id counts. */
export interface OwnedEvent {
  readonly member: RtcMember;
  /** `undefined`: it is the membership's current event. */
  readonly untilMs: number | undefined;
}

interface Known {
  readonly member: RtcMember;
  /** Newest last. */
  readonly former: readonly { readonly eventId: EventId; readonly untilMs: number }[];
}

/**
 * Which membership an event id belongs to. Each re-send of a membership gives it another event id, and hands and
 * reactions name event ids: so former ones of those who are there are remembered for a while.
 *
 * @see matrixrtc.md 12.6, 17.2 no. 18
 */
export class MembershipEvents {
  #members: readonly RtcMember[] | undefined;
  #known = new Map<string, Known>();
  #byEvent = new Map<EventId, OwnedEvent>();

  /** Takes in who is there now. Who is not is forgotten, former events included. */
  follow(members: readonly RtcMember[], nowMs: number): void {
    if (members === this.#members) return;
    this.#members = members;
    const known = new Map<string, Known>();
    const byEvent = new Map<EventId, OwnedEvent>();
    for (const member of members) {
      const former = formerOf(member, this.#known.get(memberKey(member)), nowMs);
      known.set(memberKey(member), { member, former });
      for (const { eventId, untilMs } of former) byEvent.set(eventId, { member, untilMs });
    }
    // Last, so that nobody's former event hides somebody's current one.
    for (const member of members) byEvent.set(member.eventId, { member, untilMs: undefined });
    this.#known = known;
    this.#byEvent = byEvent;
  }

  /** The membership that the event is of, or was of until a moment ago. */
  find(eventId: EventId, nowMs: number): OwnedEvent | undefined {
    const owned = this.#byEvent.get(eventId);
    return owned?.untilMs !== undefined && owned.untilMs <= nowMs ? undefined : owned;
  }
}

function formerOf(member: RtcMember, known: Known | undefined, nowMs: number): Known["former"] {
  const former = (known?.former ?? []).filter(({ untilMs, eventId }) => untilMs > nowMs && eventId !== member.eventId);
  if (!known || known.member.eventId === member.eventId) return former;
  const replaced = { eventId: known.member.eventId, untilMs: nowMs + FORMER_EVENT_GRACE_MS };
  return [...former, replaced].slice(-MAX_FORMER);
}
