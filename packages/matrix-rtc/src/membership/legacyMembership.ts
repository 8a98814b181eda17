import type { DeviceId, RoomId, UserId } from "../ids.ts";
import { isRecord } from "../json.ts";
import type { CallIntent, RtcTransport, SlotDescription } from "../model.ts";
import type { RawEvent } from "../ports.ts";
import { callIdOfSlot, slotOfCallId } from "../slot.ts";
import { readTransport, transportEntry } from "../transport/RtcTransport.ts";
import {
  isLeftContent,
  readIntent,
  tryReadId,
  type MembershipTransport,
  type ReadMembership,
} from "./RtcMembership.ts";

/** Layer A: one state event per device and slot. */
export const LEGACY_MEMBER_TYPE = "org.matrix.msc3401.call.member";

/** How long a membership lives without refresh if it does not say otherwise. */
export const MEMBERSHIP_EXPIRY_MS = 14_400_000;

// Room versions in which a state key may start with the owner's id.
const OWNED_STATE_VERSION = /^org\.matrix\.msc(3757|3779)\b/;

type Content = Readonly<Record<string, unknown>>;

/**
 * The state key of a device's own membership. Write it, never read it: owner and device come from the event.
 *
 * @see matrixrtc.md 3.2; MSC3757 and MSC3779 for owned state
 */
export function legacyStateKey(
  self: { readonly userId: UserId; readonly deviceId: DeviceId },
  slot: SlotDescription,
  roomVersion: string,
): string {
  const base = `${self.userId}_${self.deviceId}_${slot.application}${callIdOfSlot(slot)}`;
  return OWNED_STATE_VERSION.test(roomVersion) ? base : `_${base}`;
}

export interface LegacyMembershipFields {
  readonly roomId: RoomId;
  readonly userId: UserId;
  readonly deviceId: DeviceId;
  readonly slot: SlotDescription;
  readonly transport: RtcTransport;
  readonly intent: CallIntent | undefined;
  readonly expiresMs: number;
  /** Absent in the first event of a membership, whose age is then its own time stamp. */
  readonly createdAtMs: number | undefined;
}

/** Writes the content of a membership, as Element Call 0.26 does. @see matrixrtc.md 3.2 */
export function legacyMembershipContent(fields: LegacyMembershipFields): Content {
  return {
    application: fields.slot.application,
    call_id: callIdOfSlot(fields.slot),
    scope: "m.room",
    device_id: fields.deviceId,
    membershipID: `${fields.userId}:${fields.deviceId}`,
    expires: fields.expiresMs,
    ...(fields.createdAtMs === undefined ? {} : { created_ts: fields.createdAtMs }),
    ...(fields.intent === undefined ? {} : { "m.call.intent": fields.intent }),
    focus_active: { type: "livekit", focus_selection: "multi_sfu" },
    // Readers of 2025 and before want the alias; it is the room id whatever the SFU calls its room.
    foci_preferred: [{ ...transportEntry(fields.transport), livekit_alias: fields.roomId }],
  };
}

/** Reads a layer A state event. Never throws. @see matrixrtc.md 3.2 (reader rules) */
export function readLegacyMembership(event: RawEvent): ReadMembership {
  const content = event.content;
  if (!isRecord(content)) return { result: "malformed" };
  // The array form of 2023 is not ours to read and not a fault.
  if (isLeftContent(content) || isArrayForm(content)) return { result: "left" };
  const deviceId = tryReadId(content["device_id"]) as DeviceId | undefined;
  const { application, call_id: callId } = content;
  const transport = readTransportChoice(content);
  const times = readTimes(content, event.originServerTsMs);
  if (!deviceId || typeof application !== "string" || typeof callId !== "string" || !transport || !times) {
    return { result: "malformed" };
  }
  if (!isOptional(content["scope"], "string") || !isOptional(content["membershipID"], "string")) {
    return { result: "malformed" };
  }
  return {
    result: "membership",
    membership: {
      source: "state",
      slot: slotOfCallId(application, callId),
      userId: event.sender,
      deviceId,
      // `membershipID` is a claim that could name somebody else; its only value in use is this one.
      memberId: `${event.sender}:${deviceId}`,
      eventId: event.eventId,
      sentAtMs: event.originServerTsMs,
      ...times,
      transport,
      intent: readIntent(content["m.call.intent"]),
    },
  };
}

function readTimes(
  content: Content,
  originServerTsMs: number,
): { joinedAtMs: number; expiresAtMs: number } | undefined {
  const { created_ts: created = originServerTsMs, expires = MEMBERSHIP_EXPIRY_MS } = content;
  if (!Number.isFinite(created) || !Number.isFinite(expires)) return undefined;
  // Nobody joins after the event that says so, or before there was time.
  const joinedAtMs = Math.max(0, Math.min(created as number, originServerTsMs));
  return { joinedAtMs, expiresAtMs: joinedAtMs + (expires as number) };
}

function readTransportChoice(content: Content): MembershipTransport | undefined {
  const { focus_active: active, foci_preferred: preferred = [] } = content;
  if (!isRecord(active) || typeof active["type"] !== "string" || !Array.isArray(preferred)) return undefined;
  const own = readTransport(preferred[0]);
  switch (active["focus_selection"]) {
    case "multi_sfu":
      return { choice: "own", own };
    case "oldest_membership":
      return { choice: "oldest", own };
    default:
      return { choice: "own", own: readTransport(undefined) };
  }
}

function isArrayForm(content: Content): boolean {
  return "memberships" in content && Object.keys(content).length === 1;
}

function isOptional(value: unknown, type: "string"): boolean {
  return value === undefined || typeof value === type;
}
