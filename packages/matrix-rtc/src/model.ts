import type { DeviceId, EventId, UserId } from "./ids.ts";

/** A named meeting point in a room. `m.call` with id `ROOM` is the one in use (MSC4143). */
export interface SlotDescription {
  readonly application: string;
  readonly id: string;
}

/** The slot that every deployed client uses. */
export const ROOM_CALL_SLOT: SlotDescription = { application: "m.call", id: "ROOM" };

/** Where a member's media can be found. */
export type RtcTransport = {
  readonly type: "livekit";
  /** Base URL of the authorisation service, normalised: no trailing slash, lower-case scheme and host. */
  readonly serviceUrl: string;
  /** Where the SFU itself is, where that is said; the grant says it too, and counts. */
  readonly sfuUrl?: string;
};

/** Why a member's media cannot be reached. */
export type NoTransportReason =
  /** The membership names no transport, or chooses its SFU in a way that is not known here. */
  | "not_named"
  /** It is of a kind that is not known here. */
  | "unknown_type"
  /** Only its owner's homeserver could get us in (MSC4195); there is no authorisation service to ask. */
  | "needs_homeserver"
  /** The address of its authorisation service is none. */
  | "bad_address";

/**
 * In which form an own membership is sent; all forms are read.
 *
 * `deployed` (layer A) is what every client reads. `sticky` (layer B) is Element Call's `matrix_2_0`; `draft` (layer C)
 * has the field names of the proposals of autumn 2026.
 */
export type MembershipLayer = "deployed" | "sticky" | "draft";

export type CallIntent = "audio" | "video";

/** One device of one user in one slot, as Matrix says. */
export interface RtcMember {
  readonly userId: UserId;
  readonly deviceId: DeviceId;
  /** Layer A: `user:device`. Layers B and C: random per join. */
  readonly memberId: string;
  /** When it joined, by the homeserver's clock; stable over refreshes. Order of age. */
  readonly joinedAtMs: number;
  readonly eventId: EventId;
  /** SFU identities under which it may appear, most likely first (`user:device`, three-input hash, two-input hash). */
  readonly sfuIdentities: readonly string[];
  /** `undefined`: listed, but its media cannot be reached; `noTransport` says why. */
  readonly transport: RtcTransport | undefined;
  readonly noTransport?: NoTransportReason;
  readonly intent: CallIntent | undefined;
  readonly displayName: string | undefined;
}
