import { CALL_EVENTS } from "../callEvents.ts";
import type { EventId, UserId } from "../ids.ts";
import { isRecord } from "../json.ts";
import { isLeftContent, readIntent, tryReadId } from "../membership/RtcMembership.ts";
import { readStickyKey } from "../membership/stickyMembership.ts";
import type { CallIntent, SlotDescription } from "../model.ts";
import type { RoomEvent } from "../ports.ts";
import { tryReadRelation } from "../reactions/callReactionEvents.ts";
import { slotId } from "../slot.ts";

/** Whether others are called to the phone, or only told. */
export type NotificationKind = "ring" | "notification";

/** So long a call rings, unless the caller says otherwise. */
export const DEFAULT_LIFETIME_MS = 90_000;
/** Nothing rings longer, whatever a caller says. */
const MAX_LIFETIME_MS = 120_000;
/** A sender's clock that is further ahead of the homeserver's is not believed. */
const MAX_CLOCK_LEAD_MS = 20_000;
/** Users that one notification can name; a homeserver lets an event hold about a thousand. */
const MAX_MENTIONS = 2_000;
/** How much longer than it rings a notification is sticky. */
const STICKY_MARGIN_MS = 20_000;
/** How long an answer is sticky. */
export const DECLINE_STICKY_MS = 120_000;
const REFERENCE = "m.reference";

/** That somebody calls the others to a call; nothing of it has been weighed against the room. @see matrixrtc.md 12.1 */
export interface CallNotification {
  readonly eventId: EventId;
  readonly sender: UserId;
  readonly sentAtMs: number;
  readonly kind: NotificationKind;
  readonly intent: CallIntent | undefined;
  /** `undefined`: the slot of the membership that it refers to. */
  readonly slotId: string | undefined;
  /** The sender's membership event. */
  readonly target: EventId | undefined;
  readonly mentionsRoom: boolean;
  readonly mentions: ReadonlySet<string>;
  /** By the sender's clock, as far as that is believed. */
  readonly endsAtMs: number;
}

/** A notification event; `withdrawn` if it says that the sender's earlier one does not count any more. */
export type ReadNotification =
  | { readonly result: "notification"; readonly notification: CallNotification }
  | { readonly result: "withdrawn"; readonly eventId: EventId; readonly sender: UserId; readonly sentAtMs: number }
  | { readonly result: "other" };

/** That somebody does not want to come. @see matrixrtc.md 12.4 */
export interface Decline {
  readonly sender: UserId;
  /** The notification that is answered. */
  readonly target: EventId;
}

export interface NotificationToSend {
  readonly slot: SlotDescription;
  readonly kind: NotificationKind;
  /** The own membership event. */
  readonly target: EventId;
  readonly intent: CallIntent | undefined;
  readonly sentAtMs: number;
  readonly lifetimeMs: number;
}

export function notificationContent({ slot, kind, target, intent, sentAtMs, lifetimeMs }: NotificationToSend): object {
  return {
    slot_id: slotId(slot),
    notification_type: kind,
    "m.mentions": { user_ids: [], room: true },
    "m.relates_to": { rel_type: REFERENCE, event_id: target },
    ...(intent && { "m.call.intent": intent }),
    sender_ts: sentAtMs,
    lifetime: lifetimeMs,
    msc4354_sticky_key: slotId(slot),
  };
}

export function notificationStickyMs(lifetimeMs: number): number {
  return lifetimeMs + STICKY_MARGIN_MS;
}

export function declineContent(target: EventId): object {
  return { "m.relates_to": { rel_type: REFERENCE, event_id: target }, msc4354_sticky_key: target };
}

/** Reads a notification event that has just arrived, leniently. Never throws. @see matrixrtc.md 12.1, 12.3 */
export function readNotification(event: RoomEvent, nowMs: number): ReadNotification {
  const { content, eventId, sender } = event;
  if (event.type !== CALL_EVENTS.notification || !isRecord(content)) return { result: "other" };
  const sentAtMs = timeOr(event.originServerTsMs, 0);
  if (isLeftContent(content) && readStickyKey(content) !== undefined) {
    return { result: "withdrawn", eventId, sender, sentAtMs };
  }
  const kind = content["notification_type"] ?? "ring";
  if (kind !== "ring" && kind !== "notification") return { result: "other" };
  const endsAtMs = readStart(content["sender_ts"], sentAtMs) + readLifetime(content["lifetime"]);
  const notification: CallNotification = {
    eventId,
    sender,
    sentAtMs,
    kind,
    intent: readIntent(content["m.call.intent"]),
    slotId: tryReadId(content["slot_id"]),
    target: tryReadRelation(content, REFERENCE)?.target,
    ...readMentions(content["m.mentions"]),
    endsAtMs: Math.min(endsAtMs, nowMs + MAX_LIFETIME_MS),
  };
  return { result: "notification", notification };
}

/** Reads an answer that says no; `undefined` for everything else. Never throws. */
export function tryReadDecline({ type, sender, content }: RoomEvent): Decline | undefined {
  if (type !== CALL_EVENTS.decline) return undefined;
  const relation = tryReadRelation(content, REFERENCE);
  return relation && { sender, target: relation.target };
}

// The sender's own time is nearer to the truth than a homeserver that took an hour to deliver, unless it is ahead.
function readStart(senderMs: unknown, sentAtMs: number): number {
  const startMs = timeOr(senderMs, sentAtMs);
  return startMs - sentAtMs > MAX_CLOCK_LEAD_MS ? sentAtMs : startMs;
}

function readLifetime(value: unknown): number {
  return Math.min(Math.max(timeOr(value, DEFAULT_LIFETIME_MS), 0), MAX_LIFETIME_MS);
}

function timeOr(value: unknown, otherwise: number): number {
  return typeof value === "number" && Number.isFinite(value) ? value : otherwise;
}

function readMentions(value: unknown): Pick<CallNotification, "mentionsRoom" | "mentions"> {
  const { room, user_ids: users } = isRecord(value) ? value : {};
  const named: readonly unknown[] = Array.isArray(users) ? users.slice(0, MAX_MENTIONS) : [];
  return {
    mentionsRoom: room === true,
    mentions: new Set(named.flatMap((user) => tryReadId(user) ?? [])),
  };
}
