import type { DeviceId, EventId, UserId } from "../ids.ts";
import type { CallIntent, RtcTransport, SlotDescription } from "../model.ts";
import { slotId } from "../slot.ts";
import { CAN_SUBSCRIBE, draftTransportEntry, transportEntry } from "../transport/RtcTransport.ts";

/** Layers B and C: one sticky message event per member id. */
export const STICKY_MEMBER_TYPE = "org.matrix.msc4143.rtc.member";

/**
 * How long every event of a membership is sticky, its leave included: where two events of one key last differently long,
 * readers disagree on which is the newer one.
 *
 * @see matrixrtc.md 7.3
 */
export const STICKY_DURATION_MS = 3_600_000;

type Content = Readonly<Record<string, unknown>>;

export interface StickyMembershipFields {
  readonly userId: UserId;
  readonly deviceId: DeviceId;
  readonly memberId: string;
  readonly slot: SlotDescription;
  readonly transport: RtcTransport;
  readonly intent: CallIntent | undefined;
  /** The event that this one renews. */
  readonly previous: EventId | undefined;
}

/** Writes layer B's content, as matrix-js-sdk 43 does but for the relation's name. @see matrixrtc.md 3.3, 17.2 no. 8 */
export function stickyMembershipContent(fields: StickyMembershipFields): Content {
  const { userId, deviceId, memberId, slot, transport, intent } = fields;
  return {
    slot_id: slotId(slot),
    member: { id: memberId, user_id: userId, device_id: deviceId },
    application: { type: slot.application, ...(intent === undefined ? {} : { "m.call.intent": intent }) },
    transports: { published: [transportEntry(transport)], can_subscribe: CAN_SUBSCRIBE.sticky },
    versions: [],
    ...renewal(fields.previous),
    msc4354_sticky_key: memberId,
  };
}

export function leftStickyContent({ slot, memberId }: Pick<StickyMembershipFields, "slot" | "memberId">): Content {
  return { slot_id: slotId(slot), msc4354_sticky_key: memberId };
}

/**
 * Writes layer C's content. User and device are those that sent and encrypted the event; in a room without encryption
 * nothing says which device that was, so the content does.
 *
 * @see matrixrtc.md 3.4; MSC4143, MSC4195, MSC4196 of autumn 2026
 */
export function draftMembershipContent(fields: StickyMembershipFields & { readonly isEncrypted: boolean }): Content {
  const { memberId, deviceId, slot, transport, intent, isEncrypted } = fields;
  return {
    slot_id: slotId(slot),
    member: { id: memberId, membership: "join", ...(isEncrypted ? {} : { device_id: deviceId }) },
    application: { type: slot.application, ...(intent === undefined ? {} : { intent, "m.call.intent": intent }) },
    transports: { published: [draftTransportEntry(transport)], can_subscribe: CAN_SUBSCRIBE.draft },
    versions: [],
    ...renewal(fields.previous),
    msc4354_sticky_key: memberId,
  };
}

/** MSC4143's codes of autumn 2026 that we send. */
export type LeaveCode = "leave" | "delayed_leave";

export function leftDraftContent(
  { slot, memberId }: Pick<StickyMembershipFields, "slot" | "memberId">,
  code: LeaveCode,
): Content {
  return {
    slot_id: slotId(slot),
    member: { id: memberId, membership: "leave" },
    leave_reason: { code },
    msc4354_sticky_key: memberId,
  };
}

function renewal(previous: EventId | undefined): Content {
  return previous === undefined ? {} : { "m.relates_to": { rel_type: "m.reference", event_id: previous } };
}
