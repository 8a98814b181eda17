import type { EventId, UserId } from "../ids.ts";
import { isRecord } from "../json.ts";
import { isLeftContent } from "../membership/RtcMembership.ts";
import type { CallIntent, RtcMember, SlotDescription } from "../model.ts";
import type { RoomView } from "../ports.ts";
import { slotId } from "../slot.ts";
import type { CallNotification, NotificationKind } from "./callNotification.ts";

/** Somebody calls this user to a call. */
export interface IncomingRing {
  readonly notificationId: EventId;
  readonly caller: UserId;
  readonly kind: NotificationKind;
  readonly intent: CallIntent | undefined;
  /** When it stops by itself, by this device's clock. */
  readonly endsAtMs: number;
}

/** What a notification is weighed against. */
export interface RingContext {
  readonly self: UserId;
  readonly slot: SlotDescription;
  readonly nowMs: number;
  readonly room: RoomView;
  /** Who is in the slot. */
  readonly members: readonly RtcMember[];
  /** Membership events of the slot that were seen since the ringing has been looked at, by who sent them. */
  readonly seenEvents: ReadonlyMap<EventId, UserId>;
}

/**
 * The notification that rings here, if one does. What does not count: expired, for somebody else, of another slot; this
 * user being in the call already on whatever device, or having left it since. A caller who is not in the call (any more)
 * rings nobody.
 *
 * Unlike matrix-js-sdk this demands no slot event, for nobody makes them; and `@room` counts from everybody, as the room's
 * power levels are not known here.
 *
 * @param notifications what `RingBook` holds: neither own, nor declined, nor withdrawn; newest first
 * @see matrixrtc.md 12.3, 17.2 no. 11
 */
export function findRing(notifications: readonly CallNotification[], context: RingContext): IncomingRing | undefined {
  const { self, members } = context;
  if (members.some(({ userId }) => userId === self)) return undefined;
  const leftAtMs = lastLeaveOf(self, context.room);
  const ringing = notifications.find(
    (notification) =>
      notification.endsAtMs > context.nowMs &&
      isFor(self, notification) &&
      isInSlot(notification, context) &&
      leftAtMs < notification.sentAtMs &&
      members.some(({ userId }) => userId === notification.sender),
  );
  if (!ringing) return undefined;
  const { eventId, sender, kind, intent, endsAtMs } = ringing;
  return { notificationId: eventId, caller: sender, kind, intent, endsAtMs };
}

function isFor(self: UserId, { mentions, mentionsRoom }: CallNotification): boolean {
  return mentionsRoom || mentions.has(self);
}

function isInSlot({ slotId: named, target, sender }: CallNotification, { slot, seenEvents }: RingContext): boolean {
  if (named !== undefined) return named === slotId(slot);
  return target !== undefined && seenEvents.get(target) === sender;
}

/** A membership says of whom it was, but once it is left no more of which slot: there is one in use. */
function lastLeaveOf(self: UserId, { callMembers, stickyMembers }: RoomView): number {
  return [...callMembers, ...stickyMembers].reduce((latestMs, { sender, content, originServerTsMs }) => {
    const isLeft = sender === self && isRecord(content) && isLeftContent(content);
    return isLeft ? Math.max(latestMs, originServerTsMs) : latestMs;
  }, -Infinity);
}
