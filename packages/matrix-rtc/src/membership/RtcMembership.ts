import type { DeviceId, EventId, UserId } from "../ids.ts";
import type { CallIntent, SlotDescription } from "../model.ts";
import type { ReadTransport } from "../transport/RtcTransport.ts";

/** One membership event, read but not yet weighed against the room: expiry, slot and sender are checked later. */
export interface RtcMembership {
  readonly source: "state" | "sticky";
  readonly slot: SlotDescription;
  readonly userId: UserId;
  readonly deviceId: DeviceId;
  readonly memberId: string;
  readonly eventId: EventId;
  readonly joinedAtMs: number;
  /** When this version of the event was accepted; newer versions of one membership win. */
  readonly sentAtMs: number;
  /** Layer A only; stickiness ends layer B memberships. */
  readonly expiresAtMs: number | undefined;
  readonly transport: MembershipTransport;
  readonly intent: CallIntent | undefined;
}

/** The device that a membership is of, as a text that no other device has, whatever the two ids hold. */
export function ownerOf({ userId, deviceId }: Pick<RtcMembership, "userId" | "deviceId">): string {
  return `${userId.length} ${userId}${deviceId}`;
}

/** `own`: on the named transport, if it can be used. `oldest`: wherever the oldest member is; `own` if that is itself. */
export interface MembershipTransport {
  readonly choice: "own" | "oldest";
  readonly own: ReadTransport;
}

/** `left`: an event that says that somebody is not in the slot. `malformed`: unreadable, to be counted. */
export type ReadMembership =
  | { readonly result: "membership"; readonly membership: RtcMembership }
  | { readonly result: "left" }
  | { readonly result: "malformed" };

const MAX_ID_LENGTH = 512;
const LEFT_KEYS: ReadonlySet<string> = new Set(["slot_id", "msc4354_sticky_key", "sticky_key"]);

/** Content that has nothing but slot and sticky key, `{}` included, means that its owner has left. */
export function isLeftContent(content: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(content).every((key) => LEFT_KEYS.has(key));
}

/** Reads an identifier: a text of bearable length. */
export function tryReadId(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" && value.length <= MAX_ID_LENGTH ? value : undefined;
}

/** Reads `audio` or `video`; intents that are not known are treated as not stated. */
export function readIntent(value: unknown): CallIntent | undefined {
  return value === "audio" || value === "video" ? value : undefined;
}
